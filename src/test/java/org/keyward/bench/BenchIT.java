package org.keyward.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the quick form of each part, which finds the same figures, but means nothing by them. Long,
 * since it needs what only {@code bin/setup --long} installs.
 */
@Tag("long")
class BenchIT {
  static List<Part> parts() {
    return Bench.PARTS;
  }

  @ParameterizedTest
  @MethodSource("parts")
  void partMeasures(Part part) {
    Section section = new Section(part.name(), part.title());

    assertThat(part.needs()).allMatch(Requirement::met);
    assertThat(Bench.run(part, section, Effort.QUICK, 1_000, System.out))
        .as(Table.of(section))
        .isTrue();
    assertThat(section.lines()).isNotEmpty();
    assertThat(section.lines())
        .allSatisfy(line -> assertThat(line.series().values()).allMatch(value -> value >= 0));
  }
}
