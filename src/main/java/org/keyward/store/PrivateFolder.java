package org.keyward.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Stream;

/** Folders that this user owns and nobody else writes to. */
final class PrivateFolder {
  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("----w--w-");

  private PrivateFolder() {}

  /**
   * Makes it, for this user alone, where it is not there.
   *
   * @throws IOException when it belongs to somebody else, or others may write to it
   */
  static void create(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path real = folder.toRealPath();
    String user = System.getProperty("user.name");
    if (!Files.getOwner(real).getName().equals(user)) {
      throw new IOException(
          real + " belongs to " + Files.getOwner(real).getName() + ", not to " + user);
    }
    if (Files.getPosixFilePermissions(real).stream().anyMatch(OTHERS::contains)) {
      throw new IOException(
          "others may write to " + real + ", and so run programs as this user: chmod go-w it");
    }
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
