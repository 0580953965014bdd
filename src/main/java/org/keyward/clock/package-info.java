/**
 * Whose time it is. The clock of the database is that of the installation: what is planned, signed,
 * deleted and written down goes by it, on every host. Knows nothing of databases and zones.
 */
package org.keyward.clock;
