package org.keyward.zone;

/**
 * How much memory the zones may take, in bytes; estimates, made with what a zone takes when all of
 * it was asked for.
 */
public record ZoneMemory(long bytes) {
  /** The rest is for what goes on, and for the collector to work with. */
  private static final double SHARE_OF_HEAP = 0.7;

  /** Of a zone that is known, in memory or not. */
  static final int BYTES_OF_HEADER = 400;

  /** Of a record, with its share of its name and its zone. */
  static final int BYTES_OF_RECORD = 600;

  public ZoneMemory {
    if (bytes < 1) {
      throw new IllegalArgumentException("zones need some memory");
    }
  }

  /** What this process can give. */
  public static ZoneMemory ofHeap() {
    return new ZoneMemory((long) (Runtime.getRuntime().maxMemory() * SHARE_OF_HEAP));
  }

  /**
   * What is left for the contents of zones.
   *
   * @param known how many zones there are; their headers are always in memory
   */
  long forContents(long known) {
    return Math.max(bytes - known * BYTES_OF_HEADER, bytes / 10);
  }
}
