package org.keyward.copy;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.zip.InflaterInputStream;
import org.keyward.signing.Seal;

/**
 * A file that {@link BlockOutput} has written, all of which was checked when it was opened. Goes on
 * reading the same file when another takes its place. Thread-safe.
 */
final class BlockFile implements Closeable {
  private static final int LONGEST_HEADER = 1_000;

  /** More than a block that cannot be compressed takes. */
  private static final int LONGEST = BlockOutput.BLOCK * 2;

  private final FileChannel file;
  private final BlockCipher cipher;
  private long[] blocks = new long[16];
  private int count;

  private BlockFile(FileChannel file, BlockCipher cipher) {
    this.file = file;
    this.cipher = cipher;
  }

  /**
   * @throws CopyRefusedException saying what is wrong with the file
   */
  static BlockFile open(Path path, Seal seal) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      int header = BlockOutput.MARK.length + Integer.BYTES;
      if (!Arrays.equals(read(channel, 0, BlockOutput.MARK.length), BlockOutput.MARK)) {
        throw new CopyRefusedException("it is no copy of zones, or one of another version");
      }
      int length = number(channel, BlockOutput.MARK.length);
      if (length < 0 || length > LONGEST_HEADER) {
        throw new CopyRefusedException("it is damaged: its header has no possible length");
      }
      BlockFile file =
          new BlockFile(channel, BlockCipher.open(read(channel, header, length), seal));
      file.check(header + length);
      return file;
    } catch (EOFException e) {
      channel.close();
      throw new CopyRefusedException("it is cut off: it ends within a block", e);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void check(long first) throws IOException {
    long at = first;
    boolean last = false;
    while (!last) {
      int length = number(file, at);
      last = length < 0;
      if (Math.abs((long) length) > LONGEST) {
        throw new CopyRefusedException("it is damaged: block " + count + " has no possible length");
      }
      add(at);
      cipher.open(read(file, at + Integer.BYTES, Math.abs(length)), count - 1, last);
      at += Integer.BYTES + Math.abs(length);
    }
    if (file.size() != at) {
      throw new CopyRefusedException("it is damaged: something follows its last block");
    }
  }

  private void add(long at) {
    if (count == blocks.length) {
      blocks = Arrays.copyOf(blocks, count * 2);
    }
    blocks[count++] = at;
  }

  private static byte[] read(FileChannel file, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException();
      }
    }
    return bytes.array();
  }

  private static int number(FileChannel file, long at) throws IOException {
    return ByteBuffer.wrap(read(file, at, Integer.BYTES)).getInt();
  }

  Instant made() {
    return cipher.made();
  }

  private byte[] block(int index) throws IOException {
    int length = number(file, blocks[index]);
    byte[] sealed = read(file, blocks[index] + Integer.BYTES, Math.abs(length));
    byte[] small = cipher.open(sealed, index, length < 0);
    return new InflaterInputStream(new ByteArrayInputStream(small)).readAllBytes();
  }

  /**
   * The bytes from a position of what was written on. For one thread.
   *
   * @param position counted as they were written, without what the file adds
   */
  Input from(long position) {
    return new Input(position);
  }

  /** Reads on from block to block. */
  final class Input extends InputStream {
    private long position;
    private int index = -1;
    private byte[] now = {};

    private Input(long position) {
      this.position = position;
    }

    long position() {
      return position;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int wanted = (int) (position / BlockOutput.BLOCK);
      if (wanted >= count) {
        return -1;
      }
      if (wanted != index) {
        now = block(wanted);
        index = wanted;
      }
      int at = (int) (position % BlockOutput.BLOCK);
      if (at >= now.length) {
        return -1;
      }
      int part = Math.min(length, now.length - at);
      System.arraycopy(now, at, bytes, from, part);
      position += part;
      return part;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
