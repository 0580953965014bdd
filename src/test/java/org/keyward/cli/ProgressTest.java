package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final StringWriter printed = new StringWriter();

  @Test
  void shortWorkIsSilent() {
    Progress progress = new Progress(new PrintWriter(printed), true);
    progress.show(() -> "3 to be signed");
    progress.clear();
    assertThat(printed.toString()).isEmpty();
  }

  @Test
  void onATerminalTheLineIsWrittenOver() throws InterruptedException {
    Progress progress = new Progress(new PrintWriter(printed), true);
    Thread.sleep(2_100);
    progress.show(() -> "3 to be signed");
    progress.show(() -> "too soon after the other");
    progress.clear();
    assertThat(printed.toString()).isEqualTo("\r\u001b[K3 to be signed\r\u001b[K");
  }

  @Test
  void elsewhereItIsALineOfItsOwn() throws InterruptedException {
    Progress progress = new Progress(new PrintWriter(printed), false);
    Thread.sleep(2_100);
    progress.show(() -> "3 to be signed");
    progress.clear();
    assertThat(printed.toString()).isEqualTo("3 to be signed" + System.lineSeparator());
  }
}
