package org.keyward;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/**
 * The clock of a process and its children, which a test sets while it runs: libfaketime's. What a
 * process counts without a clock goes on.
 */
record FakeClock(Path file) {
  private static final Path LIBRARIES = Path.of("/usr/lib");

  FakeClock {
    set(file, Duration.ZERO);
  }

  void set(Duration ahead) {
    set(file, ahead);
  }

  private static void set(Path file, Duration ahead) {
    try {
      Path draft = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), text(ahead));
      // PostgreSQL runs as another user than this test, perhaps.
      Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-r--r--"));
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Duration ahead) {
    return (ahead.isNegative() ? "-" : "+") + ahead.abs().toSeconds() + "\n";
  }

  /** What a command begins with that goes by this clock. */
  List<String> prefix() {
    return List.of(
        "env",
        "LD_PRELOAD=" + library(),
        "FAKETIME_TIMESTAMP_FILE=" + file,
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1");
  }

  private static Path library() {
    try (var found =
        Files.find(LIBRARIES, 3, (path, attributes) -> path.endsWith("libfaketimeMT.so.1"))) {
      return found
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("faketime is missing: run bin/setup"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
