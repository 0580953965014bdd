package org.keyward.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.RowView;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.DenialChange;
import org.keyward.zone.KeyContent;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSigning;
import org.keyward.zone.ZoneSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.xbill.DNS.Name;

/**
 * Reads many zones at the cost of a copy: part by part, each a range of ids, with one query for
 * each table, the records by COPY. All within the snapshot of one connection.
 */
final class ZonesInBulk {
  /** Zones in a part. */
  private static final int PART = 5_000;

  private static final String RECORDS =
      "COPY (SELECT "
          + CopiedRecord.COLUMNS
          + """
           FROM public.records
          WHERE domain_id BETWEEN %d AND %d AND NOT coalesce(disabled, false)
            AND (content IS NOT NULL OR coalesce(type, '') IN ('', 'TYPE0'))
          ORDER BY domain_id) TO STDOUT (FORMAT binary)
          """;

  private static final String SAVEPOINT = "zones";

  private final Handle handle;
  private final SigningReader signing;
  private final SealedContent sealed;
  private final TokenPins pins;
  private final ZoneTables tables;

  /**
   * @param pins filled into keys on tokens that PowerDNS signs with
   */
  ZonesInBulk(Handle handle, SigningReader signing, SealedContent sealed, TokenPins pins) {
    this(handle, signing, sealed, pins, ZoneTables.OF_KEYWARD);
  }

  /** Of a database that may be without Keyward's schema. */
  ZonesInBulk(
      Handle handle,
      SigningReader signing,
      SealedContent sealed,
      TokenPins pins,
      ZoneTables tables) {
    this.handle = handle;
    this.tables = tables;
    this.signing = signing;
    this.sealed = sealed;
    this.pins = pins;
  }

  void readAll(ZoneSource.Reader reader) throws SQLException {
    handle.execute("SET LOCAL work_mem = '64MB'");
    reader.begins(
        handle.createQuery("SELECT count(*) FROM public.domains").mapTo(Long.class).one());
    int after = Integer.MIN_VALUE;
    while (true) {
      boolean records = reader.wantsRecords();
      // The serial of a zone that is read is that of its SOA record, which needs no search then.
      List<Integer> ids = ids(after);
      if (ids.isEmpty()) {
        return;
      }
      int first = ids.get(0);
      after = ids.get(ids.size() - 1);
      List<ZoneHeader> headers =
          PostgresZones.headers(
              handle
                  .createQuery(
                      records
                          ? PostgresZones.HEADERS_WITHOUT_SERIAL
                          : PostgresZones.HEADERS_OF_RANGE)
                  .bind("first", first)
                  .bind("last", after));
      if (records) {
        read(headers, reader::zone);
      } else {
        headers.forEach(reader::header);
      }
      if (after == Integer.MAX_VALUE) {
        return;
      }
    }
  }

  private List<Integer> ids(int after) {
    return handle
        .createQuery("SELECT id FROM public.domains WHERE id > :after ORDER BY id LIMIT " + PART)
        .bind("after", after)
        .mapTo(Integer.class)
        .list();
  }

  /** Takes zones. */
  @FunctionalInterface
  interface Zones {
    void take(ZoneHeader header, int records, Supplier<ZoneData> data);
  }

  /**
   * Gives each of these zones, ascending by id. Where something that is stored keeps them from
   * being read together, they are read in ever smaller groups, and one that cannot be read is given
   * as one that fails when it is made.
   *
   * @param to called by this thread; what it gets parses the rows when it is asked, in any thread
   */
  void read(List<ZoneHeader> headers, Zones to) throws SQLException {
    if (headers.isEmpty()) {
      return;
    }
    handle.savepoint(SAVEPOINT);
    try {
      readTogether(headers, to);
    } catch (RuntimeException | SQLException e) {
      RuntimeException failure = Database.ofData(e);
      handle.rollbackToSavepoint(SAVEPOINT);
      if (headers.size() == 1) {
        to.take(
            headers.get(0),
            0,
            () -> {
              throw failure;
            });
        return;
      }
      int half = headers.size() / 2;
      read(headers.subList(0, half), to);
      read(headers.subList(half, headers.size()), to);
    }
  }

  private void readTogether(List<ZoneHeader> headers, Zones to) throws SQLException {
    Map<Integer, Name> origins =
        headers.stream().collect(Collectors.toMap(ZoneHeader::id, ZoneHeader::origin));
    int first = headers.get(0).id();
    int last = headers.get(headers.size() - 1).id();
    Map<Integer, Map<String, List<String>>> metadata = metadata(first, last);
    Map<Integer, List<CryptoKey>> keys = cryptokeys(first, last, origins);
    Map<Integer, List<DenialChange>> denial = denialChanges(first, last);
    Map<Integer, Supplier<ZoneSigning>> signed = signing.read(handle, origins);
    try (Records records = new Records(first, last)) {
      for (ZoneHeader header : headers) {
        int id = header.id();
        List<byte[]> rows = records.of(id);
        Optional<Supplier<ZoneSigning>> by = Optional.ofNullable(signed.get(id));
        to.take(
            header,
            rows.size(),
            () ->
                new ZoneData(
                    header,
                    rows(rows, header.origin()),
                    metadata.getOrDefault(id, Map.of()),
                    opened(keys.getOrDefault(id, List.of())),
                    by.map(Supplier::get),
                    denial.getOrDefault(id, List.of())));
      }
    }
  }

  /** A key that cannot be opened is met now, and not when PowerDNS asks for it. */
  private static List<CryptoKey> opened(List<CryptoKey> keys) {
    keys.stream()
        .map(CryptoKey::content)
        .filter(content -> !content.isClosed())
        .forEach(KeyContent::reveal);
    return keys;
  }

  /**
   * By their ids: sorted here, where they are nearly always in order, it costs PostgreSQL nothing.
   */
  private static List<RecordRow> rows(List<byte[]> copied, Name origin) {
    List<RecordRow> rows = new ArrayList<>(copied.size());
    CopiedRecord record = new CopiedRecord(origin);
    long before = Long.MIN_VALUE;
    boolean inOrder = true;
    for (byte[] copy : copied) {
      RecordRow row = record.read(copy);
      if (row != null) {
        rows.add(row);
        inOrder &= row.id() > before;
        before = row.id();
      }
    }
    if (!inOrder) {
      rows.sort(Comparator.comparingLong(RecordRow::id));
    }
    return rows;
  }

  private <T> Map<Integer, List<T>> byZone(
      String query, int first, int last, Function<RowView, T> row) {
    Map<Integer, List<T>> byZone = new HashMap<>();
    handle
        .createQuery(query)
        .bind("first", first)
        .bind("last", last)
        .reduceRows(
            byZone,
            (map, view) -> {
              map.computeIfAbsent(
                      view.getColumn("domain_id", Integer.class), id -> new ArrayList<>())
                  .add(row.apply(view));
              return map;
            });
    return byZone;
  }

  private Map<Integer, Map<String, List<String>>> metadata(int first, int last) {
    Map<Integer, Map<String, List<String>>> metadata = new HashMap<>();
    byZone(
            tables.metadata(),
            first,
            last,
            row ->
                Map.entry(
                    row.getColumn("kind", String.class), row.getColumn("content", String.class)))
        .forEach(
            (zone, entries) ->
                metadata.put(
                    zone,
                    entries.stream()
                        .collect(
                            Collectors.groupingBy(
                                Map.Entry::getKey,
                                Collectors.mapping(Map.Entry::getValue, Collectors.toList())))));
    return metadata;
  }

  private Map<Integer, List<DenialChange>> denialChanges(int first, int last) {
    return byZone(
        tables.denial(),
        first,
        last,
        row ->
            new DenialChange(
                Optional.ofNullable(row.getColumn("nsec3param", String.class)),
                row.getColumn("since", java.sql.Timestamp.class).toInstant(),
                Duration.ofSeconds(row.getColumn("overlap", Long.class))));
  }

  private Map<Integer, List<CryptoKey>> cryptokeys(
      int first, int last, Map<Integer, Name> origins) {
    Map<Integer, List<CryptoKey>> keys =
        byZone(tables.keys(), first, last, row -> cryptokey(StoredKey.of(row), origins));
    if (!keys.isEmpty() && !pins.isEmpty()) {
      pins.learn(TokenStatusTable.nameByLabel(handle));
    }
    return keys;
  }

  private CryptoKey cryptokey(StoredKey key, Map<Integer, Name> origins) {
    return new CryptoKey(
        key.id(),
        key.flags(),
        key.active(),
        key.published(),
        sealed.content(key, origins.get(key.zoneId()), pins));
  }

  /** The records of a range of zones, zone after zone. */
  private final class Records implements AutoCloseable {
    private final CopyOut copy;
    private byte[] next;

    Records(int firstZone, int lastZone) throws SQLException {
      copy =
          handle
              .getConnection()
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut(RECORDS.formatted(firstZone, lastZone));
      byte[] first = CopiedRecord.withoutFileHeader(copy.readFromCopy());
      next = CopiedRecord.isEnd(first) ? read() : first;
    }

    /** Null at the end. */
    private byte[] read() throws SQLException {
      byte[] read = copy.readFromCopy();
      while (read != null && CopiedRecord.isEnd(read)) {
        read = copy.readFromCopy();
      }
      return read;
    }

    /** Ids ascend; what is of zones that are not asked for is passed over. */
    List<byte[]> of(int zoneId) throws SQLException {
      List<byte[]> rows = new ArrayList<>();
      while (next != null && CopiedRecord.zoneOf(next) <= zoneId) {
        if (CopiedRecord.zoneOf(next) == zoneId) {
          rows.add(next);
        }
        next = read();
      }
      return rows;
    }

    @Override
    public void close() throws SQLException {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }
}
