package org.keyward.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** What an embedded PostgreSQL writes: the newest, and one file of what was before. */
final class ServerLog {
  static final long MOST_BYTES = 8 << 20;

  private ServerLog() {}

  static Path in(Path folder) {
    return folder.resolve("postgres.log");
  }

  /**
   * Keeps it short. The server appends to the file that it has open, so that is emptied and stays;
   * a line that comes at this very moment is lost.
   */
  static void trim(Path folder, long mostBytes) throws IOException {
    Path log = in(folder);
    if (Files.exists(log) && Files.size(log) > mostBytes) {
      Files.copy(
          log,
          log.resolveSibling("postgres.log.1"),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
      try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
        channel.truncate(0);
      }
    }
  }
}
