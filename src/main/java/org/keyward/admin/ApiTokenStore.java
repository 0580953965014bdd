package org.keyward.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port to where API tokens are kept. Changes are audited in their own transaction. Thread-safe. */
public interface ApiTokenStore {
  /**
   * Keeps a new token.
   *
   * @param hash SHA-256 of the token
   * @return false when the name was given out before
   */
  boolean add(ApiToken token, byte[] hash);

  Optional<ApiToken> byHash(byte[] hash);

  /** All, revoked ones too, by name. */
  List<ApiToken> all();

  /**
   * Ends a token.
   *
   * @return false when there is none of that name, or it was revoked before
   */
  boolean revoke(String name, String actor, Instant now);
}
