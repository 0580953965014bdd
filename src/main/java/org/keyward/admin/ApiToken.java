package org.keyward.admin;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of an API token; the token itself is nowhere.
 *
 * @param revokedAt empty while it is good
 */
public record ApiToken(
    String name,
    Role role,
    Instant createdAt,
    String createdBy,
    Optional<Instant> expiresAt,
    Optional<Instant> revokedAt) {
  /** {@code active}, {@code expired} or {@code revoked}. */
  public String state(Instant now) {
    if (revokedAt.isPresent()) {
      return "revoked";
    }
    return expiresAt.filter(end -> !now.isBefore(end)).isPresent() ? "expired" : "active";
  }
}
