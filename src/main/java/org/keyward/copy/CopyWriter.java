package org.keyward.copy;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.function.Supplier;
import org.keyward.config.PrivateFile;
import org.keyward.dnssec.NameText;
import org.keyward.signing.Seal;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSource;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a copy of all zones, one after the other as they are read, into a new file that then takes
 * the place of the one before. When anything fails that one stays.
 */
final class CopyWriter implements ZoneSource.Reader {
  private static final Logger log = LoggerFactory.getLogger(CopyWriter.class);

  /** Kinds of entries. */
  static final int END = 0;

  static final int ZONE = 1;
  static final int HEADER = 2;

  private final BlockOutput out;
  private final ZoneFormat format;
  private final long maxBytes;
  private int zones;
  private int leftOut;

  private CopyWriter(BlockOutput out, ZoneFormat format, long maxBytes) {
    this.out = out;
    this.format = format;
    this.maxBytes = maxBytes;
  }

  /**
   * What was written.
   *
   * @param zones how many are in it with their records
   * @param leftOut how many are known by name alone: the file would have been too long, or they
   *     cannot be read
   */
  record Written(Instant made, int zones, int leftOut, long bytes) {}

  /**
   * @throws ZoneStorageException when the zones cannot be read
   */
  static Written write(
      Path file, ZoneSource source, Seal seal, PinNotes pins, Instant made, long maxBytes)
      throws IOException {
    removeUnfinished(file);
    Path unfinished =
        file.resolveSibling(file.getFileName() + ".new-" + ProcessHandle.current().pid());
    PrivateFile.create(unfinished);
    try {
      Written written;
      try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
        written = write(channel, source, seal, pins, made, maxBytes);
        channel.force(true);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent())) {
        folder.force(true);
      }
      return written;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** Those of processes that ended while they wrote. */
  private static void removeUnfinished(Path file) throws IOException {
    String prefix = file.getFileName() + ".new-";
    try (var there = Files.list(file.toAbsolutePath().getParent())) {
      for (Path old : there.filter(any -> isLeft(any, prefix)).toList()) {
        Files.deleteIfExists(old);
      }
    }
  }

  private static boolean isLeft(Path file, String prefix) {
    String name = file.getFileName().toString();
    String process = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
    return process.matches("[0-9]{1,9}")
        && ProcessHandle.of(Long.parseLong(process)).filter(ProcessHandle::isAlive).isEmpty();
  }

  private static Written write(
      FileChannel channel, ZoneSource source, Seal seal, PinNotes pins, Instant made, long maxBytes)
      throws IOException {
    BufferedOutputStream file = new BufferedOutputStream(Channels.newOutputStream(channel));
    BlockOutput out = new BlockOutput(file, seal, made);
    CopyWriter writer =
        new CopyWriter(out, new ZoneFormat(new KeyFormat(seal, PinFiller.NONE)), maxBytes);
    writer.write(source, pins);
    out.finish();
    file.flush();
    return new Written(made, writer.zones, writer.leftOut, out.written());
  }

  private void write(ZoneSource source, PinNotes pins) throws IOException {
    ValueWriter beside = new ValueWriter();
    beside.list(source.tsigKeys(), key -> ZoneFormat.write(key, beside));
    beside.list(
        pins.tokenByLabel().entrySet(),
        entry -> {
          beside.text(entry.getKey());
          beside.text(entry.getValue());
        });
    beside.list(pins.withheld(), beside::text);
    put(beside);
    source.readAll(this);
    out.write(END);
  }

  /** With its length in front. */
  private void put(ValueWriter values) throws IOException {
    byte[] written = values.written();
    out.write(ByteBuffer.allocate(Integer.BYTES).putInt(written.length).array());
    out.write(written);
  }

  @Override
  public void begins(long count) {
    unchecked(() -> out.write(ByteBuffer.allocate(Long.BYTES).putLong(count).array()));
  }

  /** Those that are left out are then read with their serials. */
  @Override
  public boolean wantsRecords() {
    return out.written() < maxBytes;
  }

  @Override
  public void zone(ZoneHeader header, int records, Supplier<ZoneData> data) {
    if (!wantsRecords()) {
      header(header);
      return;
    }
    ValueWriter values = new ValueWriter();
    try {
      format.write(data.get(), values);
    } catch (IOException | RuntimeException | Error e) {
      // What is wrong with it is said by whoever loads it.
      log.debug("zone {}: it is not copied", NameText.of(header.origin()), e);
      header(header);
      return;
    }
    unchecked(() -> entry(ZONE, values));
    zones++;
  }

  @Override
  public void header(ZoneHeader header) {
    ValueWriter values = new ValueWriter();
    unchecked(
        () -> {
          ZoneFormat.write(header, header.serial(), values);
          entry(HEADER, values);
        });
    leftOut++;
  }

  private void entry(int kind, ValueWriter values) throws IOException {
    out.write(kind);
    put(values);
  }

  /** Writes within a call of who reads. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private static void unchecked(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
