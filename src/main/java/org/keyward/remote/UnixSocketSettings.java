package org.keyward.remote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.keyward.http.ListenException;

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

  /** With the permissions that whoever made the socket has given it. */
  public static UnixSocketSettings ofExisting(Path path) {
    try {
      return at(path, Files.getPosixFilePermissions(path));
    } catch (IOException e) {
      throw new ListenException("backend.unix: cannot look at " + path + " (" + e + ")", e);
    }
  }

  public static UnixSocketSettings at(Path path) {
    return at(path, DEFAULT_PERMISSIONS);
  }

  public static UnixSocketSettings at(Path path, Set<PosixFilePermission> permissions) {
    return new UnixSocketSettings(
        path, permissions, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_REQUEST_BYTES, DEFAULT_PATIENCE);
  }
}
