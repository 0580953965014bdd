package org.keyward.zone;

import java.util.Optional;
import java.util.StringTokenizer;
import org.xbill.DNS.SOARecord;

/** The SOA record at a zone's apex. Each denial record needs it: it is parsed once. Thread-safe. */
final class ApexSoa {
  private final Node apex;
  private volatile Optional<SOARecord> parsed;

  /**
   * @param apex may be null, for nothing
   */
  ApexSoa(Node apex) {
    this.apex = apex;
  }

  /** Null when nothing is there. */
  Node apex() {
    return apex;
  }

  boolean isThere() {
    return apex != null && apex.has("SOA");
  }

  Optional<SOARecord> get() {
    Optional<SOARecord> soa = parsed;
    if (soa == null) {
      soa =
          Optional.ofNullable(apex)
              .flatMap(node -> node.set("SOA").stream().findFirst())
              .map(SOARecord.class::cast);
      parsed = soa;
    }
    return soa;
  }

  /** The serial, without parsing the rest where it is written in the usual way. */
  Optional<Long> serial() {
    if (!isThere()) {
      return Optional.empty();
    }
    StringTokenizer fields = new StringTokenizer(apex.content("SOA"));
    for (int field = 0; field < 2 && fields.hasMoreTokens(); field++) {
      fields.nextToken();
    }
    String serial = fields.hasMoreTokens() ? fields.nextToken() : "";
    return isSerial(serial) ? Optional.of(Long.valueOf(serial)) : get().map(SOARecord::getSerial);
  }

  private static boolean isSerial(String text) {
    return !text.isEmpty()
        && text.length() <= 10
        && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
  }
}
