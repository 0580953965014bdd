package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who builds a release again gets the same bytes. */
@Tag("long")
@Tag("once")
class ReproducibleJarIT {
  private static final List<String> SOURCES =
      List.of("pom.xml", ".mvn", "LICENSE", "packaging", "sql", "src/main", "bin");

  @Test
  void twoBuildsAreEqual(@TempDir Path dir) throws Exception {
    Path first = build(dir.resolve("first"));
    Path second = build(dir.resolve("second"));
    assertThat(Files.mismatch(first, second)).as("where the jars differ").isEqualTo(-1);
  }

  private static Path build(Path folder) throws Exception {
    for (String source : SOURCES) {
      copy(Path.of(source), folder.resolve(source));
    }
    Process maven =
        new ProcessBuilder("mvn", "-B", "-ntp", "-q", "package", "-Dmaven.test.skip=true")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String printed = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(maven.waitFor()).as(printed).isZero();
    return folder.resolve("target/keyward.jar");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
  }
}
