/**
 * The operators' page: one page, its style and its script, all from here, which calls the admin API
 * with the visitor's own token. Knows nothing of the features.
 */
package org.keyward.web;
