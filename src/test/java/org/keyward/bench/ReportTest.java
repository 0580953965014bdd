package org.keyward.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private final Section section = new Section("queries", "caches off");

  ReportTest() {
    Series keyward = section.measured("keyward", "queries/s", 14_000, 12_000, 16_000);
    Series gpgsql = section.measured("gpgsql", "queries/s", 7_000, 12_000, 10_000);
    section.ratio("keyward / gpgsql", keyward, gpgsql, Target.atLeast(1.5));
    section.ratio("gpgsql / keyward", gpgsql, keyward, Target.atMost(0.6));
    section.note("not with split");
  }

  @Test
  void tableHasMediansSpreadAndWhatWasReached() {
    assertThat(Table.of(section).lines())
        .containsExactly(
            "queries: caches off (0 s)",
            "                    MEDIAN     MIN     MAX  UNIT       TARGET    REACHED",
            "  keyward           14,000  12,000  16,000  queries/s",
            "  gpgsql            10,000   7,000  12,000  queries/s",
            "  keyward / gpgsql    1.60       1       2  ratio      >= 1.50   yes",
            "  gpgsql / keyward   0.625   0.500       1  ratio      <= 0.600  NO",
            "  * not with split");
  }

  @Test
  void jsonHasEveryRound(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("bench.json");
    Report.write(file, Instant.EPOCH, Effort.QUICK, Map.of("cores", "2"), List.of(section));

    JsonNode root = new ObjectMapper().readTree(file.toFile());
    assertThat(root.at("/machine/cores").asText()).isEqualTo("2");
    assertThat(root.at("/parts/0/figures/2/values").toString()).isEqualTo("[2.0,1.0,1.6]");
    assertThat(root.at("/parts/0/figures/2/reached").asBoolean()).isTrue();
    assertThat(root.at("/parts/0/figures/3/at_most").asDouble()).isEqualTo(0.6);
    assertThat(root.at("/parts/0/notes/0").asText()).isEqualTo("not with split");
  }

  @Test
  void partThatFailsSaysWhy() {
    Part broken =
        new Part() {
          @Override
          public String name() {
            return "broken";
          }

          @Override
          public String title() {
            return "never works";
          }

          @Override
          public List<Requirement> needs() {
            return List.of(new Requirement("/usr/lib/*/no/such.so", "nothing"));
          }

          @Override
          public void run(Lab lab) {
            throw new IllegalStateException("out of order");
          }
        };

    assertThat(
            Bench.run(
                broken, section, Effort.QUICK, 10, new PrintStream(PrintStream.nullOutputStream())))
        .isFalse();
    assertThat(section.notes()).last().asString().contains("out of order");
    assertThat(broken.needs().get(0).met()).isFalse();
    assertThat(Requirement.JAR.place()).endsWith("keyward.jar");
  }
}
