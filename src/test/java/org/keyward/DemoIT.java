package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the README shows first: the demo passes all its checks, and leaves nothing behind. */
@Tag("once")
class DemoIT {
  private static final String FOLDER = "Everything is in ";

  @Test
  void theDemoPassesItsChecksAndCleansUp() throws Exception {
    ProcessBuilder demo = new ProcessBuilder("bin/demo", "--check").redirectErrorStream(true);
    demo.environment().put("JAVA_HOME", System.getProperty("java.home"));
    demo.environment().put("KEYWARD_JAR", Path.of("target/keyward.jar").toAbsolutePath() + "");
    Process process = demo.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    List<String> lines = printed.lines().toList();
    assertThat(process.waitFor()).as(printed).isZero();
    assertThat(lines.get(lines.size() - 1)).matches("demo: [1-9]\\d* checks passed, 0 failed");
    assertThat(lines)
        .anyMatch(line -> line.matches("ok    ZSK roll: [1-9]\\d+ answers, 0 failures .*"));
    // The unix socket, which is the default, is for zones of up to 1,000 records;
    // docs/decisions/0002.
    assertThat(lines).anyMatch(line -> line.matches(".*pdns-config .*--largest-zone 5000 .*"));
    assertThat(lines)
        .filteredOn(line -> line.startsWith(FOLDER))
        .singleElement()
        .satisfies(line -> assertThat(Path.of(line.substring(FOLDER.length()))).doesNotExist());
  }
}
