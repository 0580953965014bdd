package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What Docker's own tools say of the container files, where they are installed. */
class ContainerToolsTest {
  @Test
  void dockerTakesTheComposeFile() throws Exception {
    assumeWorks("docker", "compose", "version");
    accepts("docker", "compose", "config", "--quiet");
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
