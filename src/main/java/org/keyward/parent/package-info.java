/**
 * Asks name servers of parent zones, and resolvers, which DS a zone has. Knows how to ask; what the
 * answers mean for keys is {@code signing}'s.
 */
package org.keyward.parent;
