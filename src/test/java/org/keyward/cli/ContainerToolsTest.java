package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the tools for containers say of their files. */
class ContainerToolsTest {
  /** {@code config} needs no engine, and neither did the older program of that name. */
  @Test
  @Tag("long")
  void dockerTakesTheComposeFile() throws Exception {
    accepts("docker-compose", "-f", "docker-compose.yml", "config", "--quiet");
  }

  @Test
  void hadolintTakesTheDockerfile() throws Exception {
    assumeWorks("hadolint", "--version");
    accepts("hadolint", "Dockerfile");
  }

  private static void assumeWorks(String... command) throws InterruptedException {
    boolean works;
    try {
      works = new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      works = false;
    }
    Assumptions.assumeTrue(works, String.join(" ", command) + " does not work here");
  }

  private static void accepts(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
  }
}
