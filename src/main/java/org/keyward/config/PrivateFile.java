package org.keyward.config;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Supplier;

/** Files that only their owner can read, from their first moment on. */
public final class PrivateFile {
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private PrivateFile() {}

  /** An empty one; whatever was there goes. */
  public static void create(Path file) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(file, OWNER_ONLY);
  }

  /** Written beside its place and linked there: two processes that start at once agree on one. */
  public static void createIfMissing(Path file, Supplier<byte[]> content) throws IOException {
    if (Files.exists(file)) {
      return;
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path draft = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
    Files.createFile(draft, OWNER_ONLY);
    try {
      Files.write(draft, content.get());
      Files.createLink(file, draft);
    } catch (FileAlreadyExistsException e) {
      return; // the other process was first
    } finally {
      Files.delete(draft);
    }
  }
}
