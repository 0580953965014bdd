package org.keyward.store;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.keyward.zone.ZoneStorageException;

/**
 * PostgreSQL's programs, unpacked from the jar into a folder that nobody else may write to: whoever
 * can replace them runs as this user.
 */
final class ServerPrograms {
  private final Path folder;

  private ServerPrograms(Path folder) {
    this.folder = folder;
  }

  /** Unpacks them where that has not been done; two processes that start at once agree on one. */
  static ServerPrograms in(Path place) throws IOException {
    PrivateFolder.create(place);
    Path unpacked = place.toRealPath().resolve("postgresql-" + version());
    try (FileChannel channel =
            FileChannel.open(
                place.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (!lock.isValid() || !Files.isDirectory(unpacked)) {
        Path draft = place.resolve("unpacking");
        PrivateFolder.delete(draft); // of a process that was killed meanwhile
        PrivateFolder.create(draft);
        unpack(draft);
        Files.move(draft, unpacked, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    return new ServerPrograms(unpacked);
  }

  /** The archive has no number in it: its size stands for one. */
  private static String version() throws IOException {
    URL found = ServerPrograms.class.getResource(archive());
    if (found == null) {
      throw new ZoneStorageException(
          "the Debian package comes without the embedded PostgreSQL: set database.url to a database"
              + " of your own, or use a keyward.jar that is built from source",
          null);
    }
    return String.valueOf(found.openConnection().getContentLengthLong());
  }

  private static String archive() {
    return System.getProperty("os.arch").equals("aarch64")
        ? "/postgres-linux-arm_64.txz"
        : "/postgres-linux-x86_64.txz";
  }

  private static void unpack(Path target) throws IOException {
    try (InputStream file = ServerPrograms.class.getResourceAsStream(archive());
        TarArchiveInputStream tar =
            new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(file)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpack(tar, entry, target.resolve(entry.getName()).normalize());
      }
    }
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path path)
      throws IOException {
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else {
      Files.copy(tar, path);
      Files.setPosixFilePermissions(
          path,
          PosixFilePermissions.fromString(
              (entry.getMode() & 0100) == 0 ? "rw-------" : "rwx------"));
    }
  }

  /**
   * The command that runs one of them. PostgreSQL refuses to run as root: for root it runs in a
   * user name space of its own, where it sees another user.
   */
  List<String> command(String program) {
    String path = folder.resolve("bin").resolve(program).toString();
    return isRoot() ? List.of("unshare", "--user", path) : List.of(path);
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }
}
