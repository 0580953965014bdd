package org.keyward.content;

import java.io.ByteArrayOutputStream;

/** Data that are being made. */
final class Wire {
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  void u8(int value) {
    data.write(value);
  }

  void u16(int value) {
    data.write(value >> 8);
    data.write(value);
  }

  void u32(long value) {
    u16((int) (value >> 16));
    u16((int) value);
  }

  void bytes(byte[] bytes) {
    data.write(bytes, 0, bytes.length);
  }

  byte[] toByteArray() {
    return data.toByteArray();
  }
}
