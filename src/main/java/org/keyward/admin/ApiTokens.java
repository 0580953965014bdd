package org.keyward.admin;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes, checks and ends API tokens. A token is 256 random bits, so one SHA-256 keeps it: there is
 * nothing to guess that a slow hash would make slower. Thread-safe.
 */
public final class ApiTokens {
  /** Marks tokens of this program, for tools that look for secrets in the wrong places. */
  static final String PREFIX = "kwt_";

  private static final int BYTES = 32;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  private final ApiTokenStore store;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  public ApiTokens(ApiTokenStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Makes a token.
   *
   * @param lifetime empty: until it is revoked
   * @return the token, which cannot be had again
   * @throws IllegalArgumentException when the name is taken, or is none
   */
  public String create(String name, Role role, Optional<Duration> lifetime, String actor) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is no name for a token: up to 63 letters, digits, dots and hyphens");
    }
    byte[] bits = new byte[BYTES];
    random.nextBytes(bits);
    String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    Instant now = clock.instant();
    ApiToken made = new ApiToken(name, role, now, actor, lifetime.map(now::plus), Optional.empty());
    if (!store.add(made, hash(token))) {
      throw new IllegalArgumentException(
          "the name '"
              + name
              + "' was given out before and stays with that token in the audit log; take another");
    }
    return token;
  }

  /** Whose token it is; empty when it is unknown, expired or revoked. */
  public Optional<ApiToken> authenticate(String token) {
    return store.byHash(hash(token)).filter(found -> found.state(clock.instant()).equals("active"));
  }

  public List<ApiToken> all() {
    return store.all();
  }

  /**
   * Ends a token, at once.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public void revoke(String name, String actor) {
    if (!store.revoke(name, actor, clock.instant())) {
      throw new IllegalArgumentException(
          "there is no token '" + name + "' to revoke; 'keyward api-token list' shows them");
    }
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
