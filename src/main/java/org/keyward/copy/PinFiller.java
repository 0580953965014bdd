package org.keyward.copy;

import org.xbill.DNS.Name;

/** Fills the PIN of the configuration into keys on tokens, for PowerDNS. */
@FunctionalInterface
public interface PinFiller {
  /** For who gives no keys to PowerDNS. */
  PinFiller NONE = (content, takesPin, zone) -> content;

  /**
   * @param takesPin whether the key was given to PowerDNS with its PIN
   * @param zone whose key it is
   */
  String fill(String content, boolean takesPin, Name zone);
}
