package org.keyward.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** Something of the tests' own in C, compiled when it is needed and its source has changed. */
public final class CProgram {
  private CProgram() {}

  /**
   * Compiles a source of {@code src/test/c} and gives the result. Several processes may do so at
   * once.
   *
   * @param source for example {@code validate.c}
   * @param built the name of the result
   * @param options for gcc, libraries last
   */
  public static synchronized Path build(String source, String built, String... options) {
    Path from = Path.of("src/test/c", source).toAbsolutePath();
    Path to = Path.of("target/c", built).toAbsolutePath();
    try {
      if (Files.exists(to)
          && Files.getLastModifiedTime(to).compareTo(Files.getLastModifiedTime(from)) > 0) {
        return to;
      }
      Files.createDirectories(to.getParent());
      Path draft = to.resolveSibling("draft-" + ProcessHandle.current().pid());
      List<String> command =
          new ArrayList<>(
              List.of("gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", draft.toString()));
      command.add(from.toString());
      command.addAll(List.of(options));
      compile(command);
      return Files.move(
          draft, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void compile(List<String> command) throws IOException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(String.join(" ", command) + ":\n" + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while compiling", e);
    }
  }
}
