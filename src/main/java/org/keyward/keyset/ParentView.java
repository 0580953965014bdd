package org.keyward.keyset;

import java.time.Instant;
import java.util.Set;

/**
 * What the servers of the parent gave, each at each of its addresses, authoritatively and with a
 * digest that matches.
 *
 * @param asked when the last of them was asked
 * @param complete whether every one of them answered
 * @param dsAtAll ids of the KSKs whose DS every server has that answered
 * @param dsAtAny ids of the KSKs whose DS any server has
 */
public record ParentView(
    Instant asked, boolean complete, Set<Integer> dsAtAll, Set<Integer> dsAtAny) {
  public ParentView {
    dsAtAll = Set.copyOf(dsAtAll);
    dsAtAny = Set.copyOf(dsAtAny);
  }

  /** Whether every server of the parent has the DS of this key. */
  boolean hasEverywhere(int key) {
    return complete && dsAtAll.contains(key);
  }

  /** Whether a server of the parent said that it does not have the DS of this key. */
  boolean lacksSomewhere(int key) {
    return !dsAtAll.contains(key);
  }
}
