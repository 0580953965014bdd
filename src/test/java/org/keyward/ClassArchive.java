package org.keyward;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.List;

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

  /** Of the classes of a command that fails when it has read everything but its database. */
  private static void make() throws IOException {
    Path draft = ARCHIVE.resolveSibling(ProcessHandle.current().pid() + ".jsa");
    Path config = Files.createTempFile("keyward", ".yaml");
    try {
      Files.writeString(
          config,
          """
          database: { url: "jdbc:postgresql://127.0.0.1:1/none", user: none }
          secrets: { key-file: %s.key }
          """
              .formatted(config));
      Files.writeString(Path.of(config + ".key"), Base64.getEncoder().encodeToString(new byte[32]));
      new ProcessBuilder(
              System.getProperty("java.home") + "/bin/java",
              "-XX:TieredStopAtLevel=1",
              "-XX:ArchiveClassesAtExit=" + draft,
              "-Xlog:cds=off",
              "-jar",
              JAR.toString(),
              "zone",
              "list",
              "--config",
              config.toString())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
      Files.move(
          draft, ARCHIVE, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Files.delete(config);
      Files.deleteIfExists(Path.of(config + ".key"));
    }
  }
}
