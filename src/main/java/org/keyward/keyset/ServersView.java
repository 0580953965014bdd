package org.keyward.keyset;

import java.time.Instant;
import java.util.Set;

/**
 * What the servers of the zone gave, each at each of its addresses. One that could not be asked
 * counts as showing nothing that is new and all that is old, until what it may have has expired.
 *
 * @param asked when the last of them was asked
 * @param followed up to when every server has all changes, as its SOA serial shows: one that cannot
 *     reach the database goes on with what it has, also with sets for later
 * @param keysAtAll ids of the keys in every DNSKEY set
 * @param keysAtAny ids of the keys in any DNSKEY set
 * @param signersAtAll ids of the ZSKs whose signatures every server gives
 * @param signersAtAny ids of the ZSKs whose signatures any server gives
 */
public record ServersView(
    Instant asked,
    Instant followed,
    Set<Integer> keysAtAll,
    Set<Integer> keysAtAny,
    Set<Integer> signersAtAll,
    Set<Integer> signersAtAny) {
  public ServersView {
    keysAtAll = Set.copyOf(keysAtAll);
    keysAtAny = Set.copyOf(keysAtAny);
    signersAtAll = Set.copyOf(signersAtAll);
    signersAtAny = Set.copyOf(signersAtAny);
  }
}
