package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestLinesTest {
  @Test
  void aTooLongLineIsNotBlankEvenWhenItsEndComesAlone() throws Exception {
    RequestLines lines = new RequestLines(pieces("x".repeat(20), "\n", "\n"), 10);

    assertThat(lines.advance()).isTrue();
    assertThat(lines.blank()).isFalse();
    assertThatThrownBy(lines::parse).hasMessageContaining("longer than 10 bytes");

    assertThat(lines.advance()).isTrue();
    assertThat(lines.blank()).isTrue();
    assertThat(lines.advance()).isFalse();
  }

  /** A channel that gives one piece for each read. */
  private static ReadableByteChannel pieces(String... pieces) {
    Deque<String> waiting = new ArrayDeque<>(List.of(pieces));
    return new ReadableByteChannel() {
      @Override
      public int read(ByteBuffer target) {
        if (waiting.isEmpty()) {
          return -1;
        }
        byte[] piece = waiting.pop().getBytes(StandardCharsets.US_ASCII);
        target.put(piece);
        return piece.length;
      }

      @Override
      public boolean isOpen() {
        return true;
      }

      @Override
      public void close() {}
    };
  }
}
