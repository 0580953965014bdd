/**
 * The configuration file and the environment, read into checked records. Knows no other package.
 */
package org.keyward.config;
