package org.keyward.setup;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Runs other programs. Secrets go through their input or environment, never their arguments. */
final class Programs {
  private Programs() {}

  /** How a program ended, and what it printed. */
  record Ended(int status, String printed) {}

  /** What a program prints that must succeed. */
  static String run(List<String> command, Map<String, String> environment, String input) {
    Ended ended = tryRun(command, environment, input);
    if (ended.status() != 0) {
      throw new SetupException(
          String.join(" ", command) + " failed: " + lastLine(ended.printed().strip()).strip());
    }
    return ended.printed();
  }

  static Ended tryRun(List<String> command, Map<String, String> environment, String input) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(new File("/"));
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    try {
      Process process = builder.start();
      try (OutputStream stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), printed);
    } catch (IOException e) {
      throw new SetupException("cannot run " + command.get(0) + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SetupException(command.get(0) + " was interrupted", e);
    }
  }

  private static String lastLine(String text) {
    return text.substring(text.lastIndexOf('\n') + 1);
  }
}
