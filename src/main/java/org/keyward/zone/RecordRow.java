package org.keyward.zone;

import org.keyward.dnssec.RrsetSigner;
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
public record RecordRow(long id, Name owner, String type, String content, long ttl, int priority) {
  /**
   * A record as PowerDNS writes it, in the form in which PowerDNS's gpgsql backend stores it: the
   * priority of MX and SRV apart, names in the content without trailing dot.
   *
   * @param served content with the priority in front
   * @throws NumberFormatException when there is a priority that is no number
   */
  public static RecordRow of(Name owner, String type, String served, long ttl) {
    boolean priority = type.equals("MX") || type.equals("SRV");
    String[] parts = priority ? served.strip().split("\\s+", 2) : new String[] {};
    String content = priority && parts.length == 2 ? parts[1] : served;
    return new RecordRow(
        0,
        RrsetSigner.lowerCase(owner),
        type,
        MasterFile.withoutTrailingDots(content),
        ttl,
        priority && parts.length == 2 ? Integer.parseInt(parts[0]) : 0);
  }
}
