package org.keyward.zone;

import org.xbill.DNS.Name;

/**
 * A row of PowerDNS's table {@code records} as a DBA wrote it; disabled rows, rows without a type
 * and rows with a name that is no domain name never become one.
 *
 * @param owner absolute, lower case
 * @param type mnemonic in upper case, for example {@code MX}; unknown types as {@code TYPE65534}
 * @param content without the priority where {@code priority} holds it; names without trailing dot
 * @param priority of MX and SRV; 0 for the others
 */
public record RecordRow(long id, Name owner, String type, String content, long ttl, int priority) {}
