package org.keyward.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real BIND on a free loopback port that gives master files away as they are. */
final class Named implements AutoCloseable {
  private final Path directory;
  private final int port;
  private final Process process;

  private Named(Path directory, int port, Process process) {
    this.directory = directory;
    this.port = port;
    this.process = process;
  }

  /**
   * Starts BIND as the primary of these zones and returns when it gives the last one.
   *
   * @param directory with a file for each zone, named as the zone is, without its last dot
   */
  static Named start(Path directory, List<String> zones) {
    int port = PowerDns.freePort();
    StringBuilder config = new StringBuilder();
    config.append(
        """
        options {
          directory "%s";
          listen-on port %d { 127.0.0.1; };
          listen-on-v6 { none; };
          pid-file none;
          session-keyfile none;
          recursion no;
          allow-transfer { any; };
          notify no;
          dnssec-validation no;
        };
        controls { };
        """
            .formatted(directory, port));
    for (String zone : zones) {
      config.append(
          "zone \"%1$s\" { type primary; file \"%1$s\"; check-names ignore; check-integrity no; };\n"
              .formatted(zone));
    }
    try {
      Path file = Files.writeString(directory.resolve("named.conf"), config);
      Process process =
          new ProcessBuilder(PowerDns.program("named"), "-g", "-n", "1", "-c", file.toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("named.log").toFile())
              .start();
      Named named = new Named(directory, port, process);
      try {
        zones.forEach(named::awaitZone);
        return named;
      } catch (RuntimeException | AssertionError e) {
        named.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  private void awaitZone(String zone) {
    for (int i = 0; i < 600 && process.isAlive(); i++) {
      String answer =
          PowerDns.run(
              List.of(
                  "dig", "+tcp", "+time=3", "-p", String.valueOf(port), "@127.0.0.1", zone, "SOA"));
      if (answer.contains("status: NOERROR")) {
        return;
      }
      if (answer.contains("status: SERVFAIL")) {
        break;
      }
    }
    throw new AssertionError("named does not serve " + zone + ":\n" + log());
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("named.log"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
