package org.keyward.signing;

import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** What is said of modes that a request cannot have. */
final class ModeRules {
  private ModeRules() {}

  /** The mode in which a zone is assigned a key, by its word. */
  static Optional<SigningMode> assignable(String word) {
    return SigningMode.parse(word).filter(SigningMode::isAssignable);
  }

  /**
   * @param wanted none that {@link #assignable} knows, or that a zone can change to
   */
  static String unknown(Name zone, String wanted) {
    String modes = String.join(" or ", SigningMode.words());
    return switch (wanted) {
      case "powerdns" ->
          NameText.of(zone)
              + ": in mode powerdns PowerDNS signs with keys that are its own: a zone is assigned a"
              + " key in mode "
              + modes
              + ", and once it is signed 'keyward mode "
              + NameText.of(zone)
              + " powerdns' gives its keys to PowerDNS";
      case "unsigned" ->
          NameText.of(zone)
              + ": a zone turns unsigned with 'keyward unassign "
              + NameText.of(zone)
              + "', in the safe order";
      default ->
          NameText.of(zone)
              + ": there is no mode '"
              + wanted
              + "'; choose "
              + modes
              + " or powerdns";
    };
  }
}
