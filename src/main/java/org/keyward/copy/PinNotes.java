package org.keyward.copy;

import java.util.Map;
import java.util.Set;

/**
 * What a server has learned about the tokens that PowerDNS uses, none of it secret: without it a
 * PIN that a token has refused would be given to PowerDNS again.
 *
 * @param tokenByLabel names of tokens by their labels
 * @param withheld words for the tokens whose PINs are given to nobody
 */
public record PinNotes(Map<String, String> tokenByLabel, Set<String> withheld) {
  public PinNotes {
    tokenByLabel = Map.copyOf(tokenByLabel);
    withheld = Set.copyOf(withheld);
  }
}
