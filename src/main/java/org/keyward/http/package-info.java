/**
 * Javalin set-up shared by the listeners: errors to statuses, health, metrics. Knows no feature.
 */
package org.keyward.http;
