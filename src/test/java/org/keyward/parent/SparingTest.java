package org.keyward.parent;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once")
class SparingTest {
  private final Sparing sparing = new Sparing();
  private final InetAddress one = InetAddress.getLoopbackAddress();

  @Test
  void anAddressIsAskedTwentyTimesASecondAtMost() throws Exception {
    long first = sparing.reserve(one);
    for (int i = 1; i < 100; i++) {
      assertThat(sparing.reserve(one) - first).isGreaterThanOrEqualTo(i * Sparing.INTERVAL);
    }
    InetAddress other = InetAddress.getByName("127.0.0.2");
    assertThat(sparing.reserve(other) - sparing.reserve(one)).isNegative();
  }

  @Test
  void anAddressThatDidNotAnswerIsLeftAloneForAWhile() {
    assertThat(sparing.silence(one)).isEmpty();
    sparing.silent(one, "no answer");
    assertThat(sparing.silence(one)).hasValue("no answer");
  }
}
