package org.keyward.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A connection that somebody may end when its client leaves a request or a reply half done. Between
 * requests a client may be idle for as long as it likes. Reading and writing by one thread, {@link
 * #endIfStalled} by any.
 */
final class WatchedChannel implements ByteChannel {
  private final SocketChannel channel;
  private boolean inRequest;

  private volatile boolean owes;

  /** When it began to wait for a client that ought to do something; 0 while it does not. */
  private volatile long waitingSince;

  WatchedChannel(SocketChannel channel) {
    this.channel = channel;
  }

  /** Whether what is read next belongs to a request that has begun. */
  void inRequest(boolean begun) {
    inRequest = begun;
  }

  /** Whether a reply is to come, or a transaction is open. */
  boolean owes() {
    return owes;
  }

  void owes(boolean something) {
    owes = something;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    waitingSince = inRequest ? now() : 0;
    try {
      return channel.read(into);
    } finally {
      waitingSince = 0;
    }
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    waitingSince = now();
    try {
      return channel.write(from);
    } finally {
      waitingSince = 0;
    }
  }

  private static long now() {
    return System.nanoTime() | 1;
  }

  /** True when it was, and is closed now; whoever reads or writes gets an exception. */
  boolean endIfStalled(Duration patience) throws IOException {
    long since = waitingSince;
    if (since == 0 || System.nanoTime() - since < patience.toNanos()) {
      return false;
    }
    channel.close();
    return true;
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
