package org.keyward.signing;

import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** What is said of modes that a request cannot have. */
final class ModeRules {
  private ModeRules() {}

  /**
   * @param wanted none of {@link SigningMode}'s words
   */
  static String unknown(Name zone, String wanted) {
    String modes = String.join(" or ", SigningMode.words());
    return switch (wanted) {
      case "powerdns" ->
          zone
              + ": in mode powerdns PowerDNS signs with keys of its own, and must not reach for a token"
              + " that Keyward uses; choose "
              + modes
              + ", or give PowerDNS a key with pdnsutil";
      case "unsigned" ->
          zone + ": a zone turns unsigned with 'keyward unassign " + zone + "', in the safe order";
      default -> zone + ": there is no mode '" + wanted + "'; choose " + modes;
    };
  }
}
