package org.keyward.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files that hold one secret on their first line. */
final class SecretFile {
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
      throw new IllegalArgumentException(file + " cannot be read (" + reason(e) + ")", e);
    }
  }

  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    return e instanceof AccessDeniedException ? "permission denied" : e.toString();
  }
}
