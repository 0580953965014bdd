package org.keyward.copy;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.keyward.clock.DatabaseClock;
import org.keyward.dnssec.TimeText;
import org.keyward.signing.Seal;
import org.keyward.zone.RecordRow;
import org.keyward.zone.TsigKey;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSigning;
import org.keyward.zone.ZoneSource;
import org.keyward.zone.ZoneStorageException;
import org.xbill.DNS.Name;

/**
 * The zones as they were copied, in the place of the database. Signatures that have expired are not
 * among them. Thread-safe.
 */
public final class CopiedZones implements ZoneSource, AutoCloseable {
  /** About: how many records there are is only used to share out work. */
  private static final int BYTES_OF_RECORD = 64;

  private final BlockFile file;
  private final Clock clock;
  private final ZoneFormat format;
  private final List<TsigKey> tsigKeys;
  private final PinNotes pins;
  private final long first;

  /** Where each zone is, as far as they were read. */
  private final Map<Integer, Long> positions = new ConcurrentHashMap<>();

  private CopiedZones(BlockFile file, Clock clock, ZoneFormat format) throws IOException {
    this.file = file;
    this.clock = clock;
    this.format = format;
    BlockFile.Input input = file.from(0);
    ValueReader beside = values(bytes(input));
    this.tsigKeys = beside.list(() -> ZoneFormat.tsigKey(beside));
    Map<String, String> names = new HashMap<>();
    int labels = beside.number();
    for (int i = 0; i < labels; i++) {
      names.put(beside.text(), beside.text());
    }
    this.pins = new PinNotes(names, Set.copyOf(beside.list(beside::text)));
    this.first = input.position();
  }

  /**
   * Checks all of the file.
   *
   * @param maxAge older ones are refused
   * @param clock by which its age is judged, and what has expired
   * @param pins fills PINs into keys on tokens when PowerDNS asks for them
   * @throws CopyRefusedException saying why nothing is served from it
   */
  public static CopiedZones open(
      Path path, Seal seal, Duration maxAge, Clock clock, PinFiller pins) {
    try {
      BlockFile file = BlockFile.open(path, seal);
      try {
        checkAge(file.made(), maxAge, clock.instant());
        return new CopiedZones(file, clock, new ZoneFormat(new KeyFormat(seal, pins)));
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      throw new CopyRefusedException("there is none", e);
    } catch (IOException e) {
      throw new CopyRefusedException("it cannot be read: " + e.getMessage(), e);
    }
  }

  private static void checkAge(Instant made, Duration maxAge, Instant now) {
    if (made.plus(maxAge).isBefore(now)) {
      throw new CopyRefusedException(
          "it is too old: of %s, and cache.max-age is %d h"
              .formatted(TimeText.of(made), maxAge.toHours()));
    }
    if (made.isAfter(now.plus(DatabaseClock.TOLERANCE))) {
      throw new CopyRefusedException(
          "it was written at %s, and the clock of this host shows %s: it is behind"
              .formatted(TimeText.of(made), TimeText.of(now)));
    }
  }

  /** When the zones were read. */
  public Instant made() {
    return file.made();
  }

  /** What was known of tokens then. */
  public PinNotes pins() {
    return pins;
  }

  /** With their length in front. */
  private static byte[] bytes(BlockFile.Input input) throws IOException {
    DataInputStream data = new DataInputStream(input);
    byte[] bytes = new byte[data.readInt()];
    data.readFully(bytes);
    return bytes;
  }

  private static ValueReader values(byte[] bytes) {
    return new ValueReader(new ByteArrayInputStream(bytes));
  }

  @Override
  public void readAll(Reader reader) {
    BlockFile.Input input = file.from(first);
    try {
      reader.begins(new DataInputStream(input).readLong());
      while (true) {
        long position = input.position();
        int kind = input.read();
        if (kind == CopyWriter.END) {
          return;
        }
        byte[] bytes = bytes(input);
        ZoneHeader header = ZoneFormat.header(values(bytes));
        positions.put(header.id(), position);
        if (kind == CopyWriter.ZONE && reader.wantsRecords()) {
          reader.zone(header, bytes.length / BYTES_OF_RECORD, () -> zone(bytes));
        } else {
          reader.header(header);
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private ZoneData zone(byte[] bytes) {
    try {
      return format.read(values(bytes), clock.instant());
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static ZoneStorageException unreadable(IOException cause) {
    return new ZoneStorageException("the copy of the zones cannot be read", cause);
  }

  @Override
  public Optional<ZoneData> load(int zoneId) {
    return entry(zoneId)
        .map(
            entry -> {
              if (entry.kind() != CopyWriter.ZONE) {
                throw new ZoneStorageException(
                    "there is no database, and the copy of the zones knows a zone by name alone",
                    null);
              }
              return zone(entry.bytes());
            });
  }

  private record Entry(int kind, byte[] bytes) {}

  private Optional<Entry> entry(int zoneId) {
    Long position = positions.get(zoneId);
    if (position == null) {
      return Optional.empty();
    }
    BlockFile.Input input = file.from(position);
    try {
      return Optional.of(new Entry(input.read(), bytes(input)));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  @Override
  public List<ZoneHeader> headers() {
    return headers(positions.keySet());
  }

  @Override
  public List<ZoneHeader> headers(Set<Integer> ids) {
    return ids.stream()
        .sorted()
        .map(this::entry)
        .flatMap(Optional::stream)
        .map(CopiedZones::header)
        .toList();
  }

  private static ZoneHeader header(Entry entry) {
    try {
      return ZoneFormat.header(values(entry.bytes()));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  @Override
  public Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds) {
    Map<Integer, Supplier<ZoneSigning>> signing = new HashMap<>();
    for (int id : zoneIds) {
      load(id).flatMap(ZoneData::signing).ifPresent(by -> signing.put(id, () -> by));
    }
    return signing;
  }

  @Override
  public List<RecordRow> recordsAt(int zoneId, Set<Name> owners) {
    return load(zoneId).stream()
        .flatMap(zone -> zone.records().stream())
        .filter(row -> owners.contains(row.owner()))
        .toList();
  }

  @Override
  public List<TsigKey> tsigKeys() {
    return tsigKeys;
  }

  @Override
  public List<FoundRecord> search(String pattern, int limit) {
    throw new ZoneStorageException("there is no database, and only that can be searched", null);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }
}
