package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's steps by hand, typed into a shell as they stand there. */
class ReadmeIT {
  private static final Path PROJECT = Path.of("").toAbsolutePath();
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void theStepsByHandPrintWhatTheReadmeSays(@TempDir Path dir) throws Exception {
    String readme = Files.readString(PROJECT.resolve("README.md"));
    Matcher steps =
        Pattern.compile("By hand.*?```\n(.*?)```\n\nprints `([^`]*)`", Pattern.DOTALL)
            .matcher(readme);
    assertThat(steps.find()).as("the steps by hand are in the README").isTrue();
    for (String entry : List.of("bin", "src", "target")) {
      Files.createSymbolicLink(dir.resolve(entry), PROJECT.resolve(entry));
    }
    String dnsPort = String.valueOf(Installation.freePort());
    Path printed = dir.resolve("printed");
    Process shell = shell(dir, printed);
    PrintWriter keyboard = new PrintWriter(shell.getOutputStream(), true, StandardCharsets.UTF_8);
    try {
      for (String line : steps.group(1).replace("5300", dnsPort).lines().toList()) {
        if (line.startsWith("mvn ")) {
          continue; // this test runs on what it built
        }
        keyboard.println(line);
        waitForWhatItStarts(line, printed, Integer.parseInt(dnsPort));
      }
      String expected = steps.group(2);
      Installation.await("the line " + expected, LIMIT, () -> lines(printed).contains(expected));
    } finally {
      stop(shell);
    }
  }

  private static Process shell(Path dir, Path printed) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash")
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "KEYWARD_DATA_DIR",
                dir.resolve("data").toString(),
                "KEYWARD_BACKEND_HTTP",
                "127.0.0.1:" + Installation.freePort(),
                "KEYWARD_BACKEND_UNIX",
                dir.resolve("pdns.sock").toString(),
                "KEYWARD_ADMIN_HTTP",
                "127.0.0.1:" + Installation.freePort()));
    return builder.start();
  }

  /** A person types the next line when the programs behind "&" say that they are ready. */
  private static void waitForWhatItStarts(String line, Path printed, int dnsPort) {
    if (line.startsWith("bin/keyward run")) {
      Installation.await("keyward", LIMIT, () -> text(printed).contains("Keyward is ready"));
    } else if (line.startsWith("pdns_server")) {
      Installation.await("PowerDNS", LIMIT, () -> answers(dnsPort));
    }
  }

  private static boolean answers(int dnsPort) throws IOException, InterruptedException {
    Process dig =
        new ProcessBuilder(
                ("dig @127.0.0.1 -p " + dnsPort + " +short +tries=1 version.bind TXT CH")
                    .split(" "))
            .start();
    String answer = new String(dig.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return dig.waitFor() == 0 && answer.startsWith("\"");
  }

  private static List<String> lines(Path printed) {
    return text(printed).lines().toList();
  }

  private static String text(Path printed) {
    try {
      return Files.readString(printed);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The shell is still there: once it ends, nobody knows what it started. */
  private static void stop(Process shell) throws InterruptedException {
    List<ProcessHandle> started = shell.descendants().toList();
    started.forEach(ProcessHandle::destroy);
    shell.destroy();
    shell.waitFor(10, TimeUnit.SECONDS);
    started.forEach(handle -> handle.onExit().orTimeout(20, TimeUnit.SECONDS).join());
  }
}
