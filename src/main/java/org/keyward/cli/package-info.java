/**
 * The command line: one class per command. Parses, calls one method of {@code app} or a feature,
 * prints. Knows nothing of SQL, PKCS#11 or the wire protocol.
 */
package org.keyward.cli;
