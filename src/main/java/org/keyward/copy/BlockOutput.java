package org.keyward.copy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.keyward.signing.Seal;

/**
 * Writes bytes as a file of sealed blocks: a mark, the sealed header, and blocks of {@link #BLOCK}
 * bytes each, compressed and encrypted, the last one shorter. In front of each block is its length,
 * negative for the last one. Needs {@link #finish}, without which the file is refused.
 */
final class BlockOutput extends OutputStream {
  static final byte[] MARK = {'k', 'e', 'y', 'w', 'a', 'r', 'd', 3};
  static final int BLOCK = 1 << 18;

  private final OutputStream file;
  private final BlockCipher cipher;
  private final byte[] block = new byte[BLOCK];
  private int filled;
  private long number;
  private long written;

  BlockOutput(OutputStream file, Seal seal, Instant made) throws IOException {
    this.file = file;
    this.cipher = BlockCipher.create(made);
    byte[] header = cipher.header(seal);
    put(MARK);
    putNumber(header.length);
    put(header);
  }

  private void put(byte[] bytes) throws IOException {
    file.write(bytes);
    written += bytes.length;
  }

  private void putNumber(int value) throws IOException {
    put(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
  }

  /** How long the file is by now, without what waits for its block to be full. */
  long written() {
    return written;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    int at = from;
    while (at < from + length) {
      if (filled == BLOCK) {
        send(false);
      }
      int part = Math.min(from + length - at, BLOCK - filled);
      System.arraycopy(bytes, at, block, filled, part);
      filled += part;
      at += part;
    }
  }

  private void send(boolean last) throws IOException {
    ByteArrayOutputStream small = new ByteArrayOutputStream(BLOCK / 4);
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (DeflaterOutputStream out = new DeflaterOutputStream(small, deflater)) {
      out.write(block, 0, filled);
    } finally {
      deflater.end();
    }
    byte[] sealed = cipher.close(small.toByteArray(), small.size(), number++, last);
    putNumber(last ? -sealed.length : sealed.length);
    put(sealed);
    filled = 0;
  }

  /** Writes what is left, as the last block. */
  void finish() throws IOException {
    send(true);
  }
}
