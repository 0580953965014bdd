package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DependenciesTest {
  @Test
  void javaIsNewEnough() {
    assertThat(Runtime.version().feature()).isGreaterThanOrEqualTo(17);
  }
}
