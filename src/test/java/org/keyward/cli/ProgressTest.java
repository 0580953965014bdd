package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once")
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

  @Test
  void workOfAKnownAmountHasARateAndAnEstimate() {
    assertThat(Progress.line("storing records", 20_000, 50_000, Duration.ofSeconds(10)))
        .isEqualTo("storing records: 20000 of 50000, 2000 a second, done in about 15 s");
    assertThat(Progress.line("reading records", 7, 0, Duration.ofSeconds(2)))
        .isEqualTo("reading records: 7, 3.5 a second");
    assertThat(Progress.line("signing", 0, 20, Duration.ZERO))
        .isEqualTo("signing: 0 of 20, 0.0 a second");
    assertThat(Progress.words(600)).isEqualTo("10 min");
    assertThat(Progress.words(36_000)).isEqualTo("10 h");
  }

  @Test
  void longStepsAreToldOneAfterTheOther() throws InterruptedException {
    Progress progress = new Progress(new PrintWriter(printed), true);
    progress.at("reading records", 1, 0);
    Thread.sleep(2_100);
    progress.at("reading records", 100, 0);
    Thread.sleep(1_100);
    progress.at("storing records", 10, 100);
    assertThat(printed.toString()).contains("reading records: 100, ", "storing records: 10 of 100");
  }
}
