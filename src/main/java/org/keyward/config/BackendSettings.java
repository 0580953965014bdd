package org.keyward.config;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where PowerDNS reaches the zones. The protocol has no login: over the unix socket the permissions
 * of the file say who may ask, over HTTP a secret part of the path.
 *
 * @param hosts names, beside the listener's own, that clients may reach it by
 * @param path of the HTTP listener: {@code POST /dns/SECRET} is the JSON form, {@code
 *     /dns/SECRET/method} the others
 * @param secretFile what stands for SECRET; empty for a path that anybody can know
 * @param writes whether PowerDNS may change anything
 * @param unixMode who may open the socket
 * @param transactions how many of PowerDNS's transactions may be open at once
 * @param transactionIdle after this time without a request, a transaction is rolled back
 */
public record BackendSettings(
    Optional<ListenAddress> http,
    List<String> hosts,
    Optional<Path> unix,
    String path,
    Optional<Path> secretFile,
    boolean writes,
    Set<PosixFilePermission> unixMode,
    int transactions,
    Duration transactionIdle) {
  public static final int DEFAULT_TRANSACTIONS = 16;
  public static final Duration DEFAULT_TRANSACTION_IDLE = Duration.ofMinutes(1);
  public static final ListenAddress DEFAULT_HTTP = new ListenAddress("127.0.0.1", 8053);
  public static final String DEFAULT_PATH = "/dns";
  public static final String DEFAULT_UNIX_MODE = "0660";

  /** In the place of {@link #secretFile}, for a path without a secret part. */
  public static final String NO_SECRET = "none";

  public BackendSettings {
    if (!path.startsWith("/") || (path.endsWith("/") && path.length() > 1)) {
      throw new IllegalArgumentException("'" + path + "' must begin, and not end, with a slash");
    }
    if (transactions < 1) {
      throw new IllegalArgumentException("transactions must be at least 1");
    }
    hosts = List.copyOf(hosts);
    unixMode = Set.copyOf(unixMode);
  }

  /** With everything else as it is when nothing is said. */
  public static BackendSettings of(
      Optional<ListenAddress> http, Optional<Path> unix, Optional<Path> secretFile) {
    return new BackendSettings(
        http,
        List.of(),
        unix,
        DEFAULT_PATH,
        secretFile,
        true,
        mode(DEFAULT_UNIX_MODE),
        DEFAULT_TRANSACTIONS,
        DEFAULT_TRANSACTION_IDLE);
  }

  /** Reads an octal mode such as {@code 0660}. */
  public static Set<PosixFilePermission> mode(String octal) {
    if (!octal.matches("0?[0-7]{3}")) {
      throw new IllegalArgumentException("'" + octal + "' is not a file mode such as 0660");
    }
    StringBuilder symbolic = new StringBuilder();
    for (char digit : octal.substring(octal.length() - 3).toCharArray()) {
      int bits = digit - '0';
      symbolic.append((bits & 4) != 0 ? 'r' : '-');
      symbolic.append((bits & 2) != 0 ? 'w' : '-');
      symbolic.append((bits & 1) != 0 ? 'x' : '-');
    }
    return PosixFilePermissions.fromString(symbolic.toString());
  }
}
