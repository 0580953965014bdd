package org.keyward;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The JVM's archive of loaded classes: made once for a jar and a JDK, it halves what the start of
 * each of the tests' many commands costs.
 */
final class ClassArchive {
  static final Path JAR =
      Path.of(System.getProperty("keyward.jar", "target/keyward.jar")).toAbsolutePath();

  private static final Path ARCHIVE =
      JAR.resolveSibling("keyward-" + Runtime.version().feature() + ".jsa");

  private ClassArchive() {}

  /** Options for a JVM that runs the jar. Several processes may ask at once. */
  static synchronized List<String> options() {
    try {
      if (!Files.exists(ARCHIVE)
          || Files.getLastModifiedTime(ARCHIVE).compareTo(Files.getLastModifiedTime(JAR)) < 0) {
        make();
      }
    } catch (IOException e) {
      return List.of(); // it only saves time
    }
    return List.of("-XX:SharedArchiveFile=" + ARCHIVE, "-Xshare:auto", "-Xlog:cds=off");
  }

  /** For the environment of a service: its signer is a JVM of its own, and takes them too. */
  static String environment() {
    return "-XX:TieredStopAtLevel=1 " + String.join(" ", options());
  }

  /** Of the classes of a service that starts on an empty database, serves, and ends. */
  private static void make() throws IOException {
    Path draft = ARCHIVE.resolveSibling(ProcessHandle.current().pid() + ".jsa");
    Path folder = Files.createTempDirectory("keyward-classes");
    try {
      Path config = folder.resolve("keyward.yaml");
      Path socket = folder.resolve("pdns.sock");
      Files.writeString(
          config,
          """
          data-dir: %s/data
          backend: { http: "127.0.0.1:%d", unix: %s }
          admin: { http: "127.0.0.1:%d" }
          """
              .formatted(folder, Installation.freePort(), socket, Installation.freePort()));
      Process service =
          new ProcessBuilder(
                  System.getProperty("java.home") + "/bin/java",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:ArchiveClassesAtExit=" + draft,
                  "-Xlog:cds=off",
                  "-jar",
                  JAR.toString(),
                  "run",
                  "--config",
                  config.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      while (service.isAlive() && !Files.exists(socket)) {
        Thread.sleep(50);
      }
      service.destroy();
      service.waitFor();
      Files.move(
          draft, ARCHIVE, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }
}
