package org.keyward.zone;

import java.util.List;
import java.util.Optional;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.Name;

/**
 * What proves that a name or type is not there. PowerDNS makes the chain's records itself, from
 * neighbours and from what is at their names, so what is signed here must be exactly what it makes.
 * It never changes, but for the signatures that it keeps.
 */
sealed interface DenialChain permits NsecChain, Nsec3Chain {
  /**
   * The signatures over this chain's own records at {@code owner}; empty when it has none there.
   */
  List<AnswerRow> signatures(Name owner, ZoneSigner signer, ValidityWindow window);

  /** The answer at a name that only the chain knows. */
  default Optional<Kept> at(Name owner) {
    return Optional.empty();
  }

  /** The names that only the chain knows. */
  default List<Name> owners() {
    return List.of();
  }

  /** Whether the signature covers a record of such a chain. */
  boolean covers(AnswerRow signature);
}
