package org.keyward.keyset;

import java.util.List;
import java.util.Set;

/**
 * What is to be done now, to be stored in one transaction, and why nothing more is.
 *
 * @param keys the keys as they are to be
 * @param keysToMake roles whose key has reached its lifetime; the caller makes a key, tests it and
 *     starts the roll
 */
public record Plan(
    KeySet keys, List<RollEvent> events, List<Waiting> waiting, Set<KeyRole> keysToMake) {
  public Plan {
    events = List.copyOf(events);
    waiting = List.copyOf(waiting);
    keysToMake = Set.copyOf(keysToMake);
  }
}
