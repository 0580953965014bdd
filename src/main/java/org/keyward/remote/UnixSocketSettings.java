package org.keyward.remote;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;

/**
 * Where and for whom the unix socket is.
 *
 * @param path at most 103 bytes long, a limit of the system
 * @param permissions of the socket file; write permission is what lets PowerDNS connect
 * @param maxConnections PowerDNS opens one for each of its threads
 * @param maxRequestBytes a longer request is refused, its connection stays
 * @param patience for how long a client may leave a request or a reply half done; idle between them
 *     it may be for ever
 */
public record UnixSocketSettings(
    Path path,
    Set<PosixFilePermission> permissions,
    int maxConnections,
    int maxRequestBytes,
    Duration patience) {
  public static final Set<PosixFilePermission> DEFAULT_PERMISSIONS =
      Set.copyOf(PosixFilePermissions.fromString("rw-rw----"));
  public static final int DEFAULT_MAX_CONNECTIONS = 512;
  public static final int DEFAULT_MAX_REQUEST_BYTES = 1 << 20;

  public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(30);

  public UnixSocketSettings {
    permissions = Set.copyOf(permissions);
  }

  /** Whether a local user needs to be in the group to connect. */
  boolean isConfidential() {
    return !permissions.contains(PosixFilePermission.OTHERS_WRITE);
  }

  public static UnixSocketSettings at(Path path) {
    return new UnixSocketSettings(
        path,
        DEFAULT_PERMISSIONS,
        DEFAULT_MAX_CONNECTIONS,
        DEFAULT_MAX_REQUEST_BYTES,
        DEFAULT_PATIENCE);
  }
}
