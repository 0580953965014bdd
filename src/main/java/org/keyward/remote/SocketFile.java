package org.keyward.remote;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.keyward.http.ListenException;

/** Takes and leaves the place of a unix socket in the file system. */
final class SocketFile {
  private final Path path;
  private final Object key;

  private SocketFile(Path path, Object key) {
    this.path = path;
    this.key = key;
  }

  /**
   * Binds under another name, sets the permissions and only then moves into place: nobody can
   * connect while the permissions are still wrong, and a file left by a crash is replaced.
   */
  static SocketFile bind(ServerSocketChannel channel, UnixSocketSettings settings) {
    Path path = settings.path().toAbsolutePath();
    Path preparing = path.resolveSibling(path.getFileName() + ".new");
    refuseIfTaken(path);
    try {
      Files.deleteIfExists(preparing);
      channel.bind(UnixDomainSocketAddress.of(preparing));
      Files.setPosixFilePermissions(preparing, settings.permissions());
      Files.move(preparing, path, StandardCopyOption.ATOMIC_MOVE);
      return new SocketFile(path, attributes(path).fileKey());
    } catch (IOException e) {
      throw new ListenException(
          "backend.unix: cannot make the socket "
              + path
              + " ("
              + e
              + "): its directory must exist and be writable for this user, and the path be"
              + " shorter than 100 bytes",
          e);
    }
  }

  /** Leaves a file alone that another server has put there since. */
  void remove() throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && attributes(path).fileKey().equals(key)) {
      Files.deleteIfExists(path);
    }
  }

  private static void refuseIfTaken(Path path) {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      if (!attributes(path).isOther()) {
        throw new ListenException(
            "backend.unix: " + path + " is there and is no socket: remove it or set another path",
            null);
      }
    } catch (IOException e) {
      throw new ListenException("backend.unix: cannot look at " + path + " (" + e + ")", e);
    }
    if (somebodyListens(path)) {
      throw new ListenException(
          "backend.unix: another program listens on " + path + ": stop it or set another path",
          null);
    }
  }

  private static boolean somebodyListens(Path path) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      return false;
    }
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }
}
