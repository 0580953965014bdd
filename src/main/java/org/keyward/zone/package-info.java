/**
 * Zones in memory: canonical order, authority, empty non-terminals, answers, and the ports to
 * storage. Knows nothing of SQL, JSON or tokens.
 */
package org.keyward.zone;
