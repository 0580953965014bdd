package org.keyward.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * pdnsutil of one version with a configuration of its own; no server runs.
 *
 * @param directory with pdns.conf
 */
record Pdnsutil(PowerDnsVersion version, Path directory) {
  private static final Pattern WORD = Pattern.compile("'[^']*'|\\S+");

  /** A question that it puts again and again at the end of its input is not kept whole. */
  private static final int LONGEST_OUTPUT = 20_000;

  /** Its exit status and what it printed on both outputs. */
  record Result(int exit, String said) {}

  static Pdnsutil configure(PowerDnsVersion version, Path directory, List<String> lines) {
    List<String> config = new ArrayList<>(lines);
    config.addAll(version.settings());
    try {
      Files.write(directory.resolve("pdns.conf"), config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Pdnsutil(version, directory);
  }

  /**
   * Runs a command.
   *
   * @param line words between spaces; quotes make one word
   * @param input what it reads
   */
  Result run(String line, String input) {
    List<String> command =
        new ArrayList<>(List.of(version.program("pdnsutil"), "--config-dir=" + directory));
    WORD.matcher(line)
        .results()
        .map(MatchResult::group)
        .map(word -> word.replaceAll("^'|'$", ""))
        .forEach(command::add);
    try {
      Path in = Files.writeString(directory.resolve("in"), input);
      Path out = directory.resolve("out");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile());
      builder.environment().put("EDITOR", directory.resolve("editor").toString());
      Process process = builder.start();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      try (InputStream said = Files.newInputStream(out)) {
        return new Result(
            process.exitValue(),
            new String(said.readNBytes(LONGEST_OUTPUT), StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
