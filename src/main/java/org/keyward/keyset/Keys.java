package org.keyward.keyset;

import java.time.Instant;
import java.util.Optional;

/** Which of the keys of a role is the one. */
final class Keys {
  private Keys() {}

  /** The key that signs, and goes on with it for as long as nobody decides otherwise. */
  static Optional<ZoneKey> active(KeySet keys, KeyRole role, Instant now) {
    return keys.keys().stream()
        .filter(key -> key.role() == role && key.signs().until().isEmpty())
        .filter(key -> !key.published().from().isAfter(now) && !key.published().isNone())
        .findFirst();
  }
}
