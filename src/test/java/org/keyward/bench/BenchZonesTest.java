package org.keyward.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BenchZonesTest {
  @Test
  void questionsAreTheSameMixEachTime() {
    List<String> questions = BenchZones.questions(10_000, BenchZones.RECORDS_MOST, 1_000);

    assertThat(questions).isEqualTo(BenchZones.questions(10_000, BenchZones.RECORDS_MOST, 1_000));
    assertThat(questions).filteredOn(question -> question.startsWith("nx")).hasSize(100);
    assertThat(questions).filteredOn(question -> question.endsWith(" SOA")).hasSize(100);
  }

  @Test
  void percentileIsOfTheNearestRank() {
    List<Double> values = List.of(4.0, 1.0, 3.0, 2.0);

    assertThat(Percentile.of(0.5, values)).isEqualTo(2);
    assertThat(Percentile.of(0.99, values)).isEqualTo(4);
    assertThat(Percentile.of(0, values)).isEqualTo(1);
  }
}
