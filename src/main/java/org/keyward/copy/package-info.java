/**
 * A file with the zones that a server has served, for a start without the database: sealed blocks,
 * zones in them, and when it is written anew. Reads zones through the port that the database is
 * behind, and stands in for it. Knows nothing of SQL.
 */
package org.keyward.copy;
