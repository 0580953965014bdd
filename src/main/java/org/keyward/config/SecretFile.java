package org.keyward.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files that hold one secret on their first line. */
final class SecretFile {
  private static final Path CREDENTIALS = Path.of("/run/credentials");

  private SecretFile() {}

  /** What the first line holds, without its line end; blanks count. */
  static Secret firstLine(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      String line = text.lines().findFirst().orElse("");
      if (line.isEmpty()) {
        throw new IllegalArgumentException(file + " is empty");
      }
      return Secret.of(line);
    } catch (IOException e) {
      throw new IllegalArgumentException(unreadable(file, e), e);
    }
  }

  /** Why not, and for a credential of systemd's, which comes and goes, how to get at it. */
  static String unreadable(Path file, IOException e) {
    String fault = file + " cannot be read (" + reason(e) + ")";
    if (!file.startsWith(CREDENTIALS) || file.getNameCount() != CREDENTIALS.getNameCount() + 2) {
      return fault;
    }
    String unit = file.getName(CREDENTIALS.getNameCount()).toString();
    return fault
        + ": systemd has it there while "
        + unit
        + " runs, for that service and root alone; "
        + (e instanceof NoSuchFileException
            ? "'systemctl start " + unit + "', then run the command with sudo"
            : "run the command with sudo");
  }

  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.toString() : reason;
  }
}
