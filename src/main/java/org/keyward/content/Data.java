package org.keyward.content;

import java.util.Arrays;

/** Data that are being written as text. */
final class Data {
  private final byte[] bytes;
  private int at;

  Data(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean atEnd() {
    return at == bytes.length;
  }

  int u8() throws ContentException {
    return bytes(1)[0] & 0xff;
  }

  int u16() throws ContentException {
    return u8() << 8 | u8();
  }

  long u32() throws ContentException {
    return (long) u16() << 16 | u16();
  }

  byte[] bytes(int length) throws ContentException {
    if (length > bytes.length - at) {
      throw new ContentException("the data are cut off");
    }
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  byte[] rest() {
    byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
    at = bytes.length;
    return rest;
  }
}
