/**
 * Composition root: builds the parts from the configuration, starts them in order, stops them in
 * reverse. The only package that sees both ports and adapters.
 */
package org.keyward.app;
