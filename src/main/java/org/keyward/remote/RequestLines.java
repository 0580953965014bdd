package org.keyward.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * Cuts what a client sends into lines. The current line is the part of {@link #bytes} from {@link
 * #start} on, {@link #length} long; it is good until the next call.
 */
final class RequestLines {
  private static final int FIRST_SIZE = 4096;
  private static final int KEPT_SIZE = 64 * 1024;

  private final ReadableByteChannel channel;
  private final Begun begun;
  private final int maxLength;
  private byte[] bytes = new byte[FIRST_SIZE];
  private int filled;
  private int start;
  private int next;
  private int length;
  private boolean tooLong;

  /** Is told before each read whether a line has begun. */
  @FunctionalInterface
  interface Begun {
    void is(boolean begun);
  }

  RequestLines(ReadableByteChannel channel, int maxLength) {
    this(channel, maxLength, begun -> {});
  }

  RequestLines(ReadableByteChannel channel, int maxLength, Begun begun) {
    this.channel = channel;
    this.begun = begun;
    this.maxLength = maxLength;
  }

  /** Waits for the next line; false when the client has closed the connection. */
  boolean advance() throws IOException {
    start = next;
    tooLong = false;
    int searched = start;
    while (true) {
      for (; searched < filled; searched++) {
        if (bytes[searched] == '\n') {
          length = searched - start;
          next = searched + 1;
          return true;
        }
      }
      if (filled - start > maxLength) {
        tooLong = true;
        filled = start;
      }
      makeRoom();
      searched = filled;
      begun.is(filled > start || tooLong);
      int count = channel.read(ByteBuffer.wrap(bytes, filled, bytes.length - filled));
      if (count < 0) {
        return false;
      }
      filled += count;
    }
  }

  /** Whether the current line was too long; what is left of it is not to be read. */
  boolean tooLong() {
    return tooLong;
  }

  /**
   * Whether there is nothing on the line; one that was too long had something, whatever is left.
   */
  boolean blank() {
    if (tooLong) {
      return false;
    }
    for (int i = start; i < start + length; i++) {
      if (bytes[i] != ' ' && bytes[i] != '\r' && bytes[i] != '\t') {
        return false;
      }
    }
    return true;
  }

  Request parse() {
    if (tooLong) {
      throw new MalformedRequestException("the request is longer than " + maxLength + " bytes");
    }
    return RequestParser.request(bytes, start, length);
  }

  private void makeRoom() {
    if (start == filled) {
      start = 0;
      filled = 0;
      // What a large request has taken is given back.
      bytes = bytes.length > KEPT_SIZE ? new byte[FIRST_SIZE] : bytes;
    } else if (filled == bytes.length && start > 0) {
      System.arraycopy(bytes, start, bytes, 0, filled - start);
      filled -= start;
      start = 0;
    } else if (filled == bytes.length) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2);
    }
  }
}
