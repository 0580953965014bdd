package org.keyward.remote;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.keyward.config.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The path of the HTTP forms, with its secret segment. The segment is compared in a time that does
 * not depend on where it differs, and appears in no message. Thread-safe.
 */
final class BackendPath {
  static final String REFUSAL =
      "there is nothing here: the path needs the secret part that 'keyward pdns-config' prints";

  private static final Logger LOG = LoggerFactory.getLogger(BackendPath.class);

  private final String open;
  private final Optional<byte[]> secret;
  private final SparseLog log = new SparseLog(LOG);

  /**
   * @param open what everybody may know of it
   */
  BackendPath(String open, Optional<Secret> secret) {
    this.open = open.equals("/") ? "" : open;
    this.secret =
        secret.map(text -> ("/" + new String(text.chars())).getBytes(StandardCharsets.UTF_8));
  }

  boolean isSecret() {
    return secret.isPresent();
  }

  /**
   * Whether this is the path itself, with or without a slash at its end.
   *
   * @param asked undecoded; null when the target has no path
   */
  boolean is(String asked) {
    return afterPath(asked).filter(rest -> rest.isEmpty() || rest.equals("/")).isPresent();
  }

  /**
   * What follows the path and a slash.
   *
   * @param asked undecoded; null when the target has no path
   */
  Optional<String> below(String asked) {
    return afterPath(asked).filter(rest -> rest.startsWith("/")).map(rest -> rest.substring(1));
  }

  private Optional<String> afterPath(String asked) {
    if (asked == null || !asked.startsWith(open)) {
      return Optional.empty();
    }
    String rest = asked.substring(open.length());
    return secret.isEmpty() ? Optional.of(rest) : afterSecret(rest, secret.get());
  }

  private static Optional<String> afterSecret(String rest, byte[] secret) {
    int end = rest.indexOf('/', 1);
    String segment = end < 0 ? rest : rest.substring(0, end);
    byte[] given = segment.getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(given, secret)
        ? Optional.of(end < 0 ? "" : rest.substring(end))
        : Optional.empty();
  }

  void noteRefusal(String client) {
    log.warn(
        "backend.http: {} does not know the secret part of the path; if it is PowerDNS, give it the"
            + " connection string that 'keyward pdns-config --transport http' prints",
        client);
  }
}
