package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.keyward.dnssec.NameText;
import org.keyward.signing.Seal;
import org.keyward.zone.ProblemLog;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.RecordRow;
import org.keyward.zone.TsigKey;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSigning;
import org.keyward.zone.ZoneSource;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/** Zones as PowerDNS's own tables hold them. Thread-safe. */
public final class PostgresZones implements ZoneSource, ProblemLog {
  private static final Logger log = LoggerFactory.getLogger(PostgresZones.class);

  private final Database database;
  private final SigningReader signing;
  private final SealedContent sealed;
  private final TokenPins pins;

  /** For those who do not need the private keys in cryptokeys. */
  public PostgresZones(Database database, SigningReader signing) {
    this(database, signing, Optional.empty());
  }

  public PostgresZones(Database database, SigningReader signing, Optional<Seal> seal) {
    this(database, signing, seal, TokenPins.NONE);
  }

  /**
   * @param pins filled into keys on tokens that PowerDNS signs with
   */
  public PostgresZones(
      Database database, SigningReader signing, Optional<Seal> seal, TokenPins pins) {
    this.pins = pins;
    this.database = database;
    this.signing = signing;
    this.sealed = new SealedContent(seal);
  }

  static final String HEADERS =
      """
      SELECT d.id, d.name, d.type, d.master, d.notified_serial, d.last_check, d.account,
        (SELECT substring(r.content FROM '^\\S+\\s+\\S+\\s+(\\d{1,10})(?!\\d)')::BIGINT
         FROM public.records r
         WHERE r.domain_id = d.id AND r.type = 'SOA' AND r.name = d.name
           AND NOT coalesce(r.disabled, false)
         ORDER BY r.id LIMIT 1) AS serial
      FROM public.domains d
      """;

  /**
   * The same of a range of ids: goes through its records once instead of searching for each SOA.
   */
  static final String HEADERS_OF_RANGE =
      """
      SELECT d.id, d.name, d.type, d.master, d.notified_serial, d.last_check, d.account,
        substring(s.content FROM '^\\S+\\s+\\S+\\s+(\\d{1,10})(?!\\d)')::BIGINT AS serial
      FROM public.domains d
      LEFT JOIN (
        SELECT DISTINCT ON (r.domain_id) r.domain_id, r.content
        FROM public.records r JOIN public.domains z ON z.id = r.domain_id AND z.name = r.name
        WHERE r.domain_id BETWEEN :first AND :last AND r.type = 'SOA'
          AND NOT coalesce(r.disabled, false)
        ORDER BY r.domain_id, r.id) s ON s.domain_id = d.id
      WHERE d.id BETWEEN :first AND :last ORDER BY d.id
      """;

  /** The same, for when the records are read anyway. */
  static final String HEADERS_WITHOUT_SERIAL =
      """
      SELECT d.id, d.name, d.type, d.master, d.notified_serial, d.last_check, d.account,
        0::BIGINT AS serial
      FROM public.domains d
      WHERE d.id BETWEEN :first AND :last ORDER BY d.id
      """;

  @Override
  public List<ZoneHeader> headers() {
    return database.inSnapshot(handle -> headers(handle.createQuery(HEADERS)));
  }

  @Override
  public List<ZoneHeader> headers(Set<Integer> ids) {
    return database.inSnapshot(handle -> headers(handle, ids));
  }

  static List<ZoneHeader> headers(Handle handle, Collection<Integer> ids) {
    return headers(
        handle
            .createQuery(HEADERS + " WHERE d.id = ANY(:ids)")
            .bindArray("ids", Integer.class, ids.toArray()));
  }

  static List<ZoneHeader> headers(Query query) {
    return query
        .setFetchSize(10_000)
        .map((rs, context) -> header(rs))
        .filter(Objects::nonNull)
        .list();
  }

  private static ZoneHeader header(ResultSet row) throws SQLException {
    int id = row.getInt("id");
    Optional<Name> origin = StoredNames.parse(row.getString("name"));
    if (origin.isEmpty()) {
      log.warn("zone {}: '{}' is no domain name; not served", id, row.getString("name"));
      return null;
    }
    String masters = row.getString("master");
    Long notified = row.getObject("notified_serial", Long.class);
    Integer lastCheck = row.getObject("last_check", Integer.class);
    return new ZoneHeader(
        id,
        origin.get(),
        kind(row.getString("type")),
        masters == null
            ? List.of()
            : Stream.of(masters.split("[\\s,]+")).filter(m -> !m.isEmpty()).toList(),
        row.getLong("serial"),
        Optional.ofNullable(notified),
        Optional.ofNullable(lastCheck).map(seconds -> Instant.ofEpochSecond(seconds)),
        Objects.requireNonNullElse(row.getString("account"), ""));
  }

  private static ZoneHeader.Kind kind(String type) {
    return switch (String.valueOf(type).toUpperCase(Locale.ROOT)) {
      case "MASTER", "PRIMARY", "PRODUCER" -> ZoneHeader.Kind.MASTER;
      case "SLAVE", "SECONDARY", "CONSUMER" -> ZoneHeader.Kind.SLAVE;
      default -> ZoneHeader.Kind.NATIVE;
    };
  }

  static final String RECORDS =
      """
      SELECT id, name, type, content, ttl, prio
      FROM public.records
      WHERE domain_id = :zone AND NOT coalesce(disabled, false)
        AND (content IS NOT NULL OR coalesce(type, '') IN ('', 'TYPE0'))
      """;

  @Override
  public void readAll(Reader reader) {
    database.inSnapshot(
        handle -> {
          inBulk(handle).readAll(reader);
          return null;
        });
  }

  @Override
  public Optional<ZoneData> load(int zoneId) {
    List<Supplier<ZoneData>> read = new ArrayList<>(1);
    database.inSnapshot(
        handle -> {
          inBulk(handle)
              .read(headers(handle, List.of(zoneId)), (header, records, data) -> read.add(data));
          return null;
        });
    return read.stream().findFirst().map(Supplier::get);
  }

  /** Gives these zones, without what Keyward signs them with. */
  void readSome(Set<Integer> ids, Consumer<Supplier<ZoneData>> to) {
    database.inSnapshot(
        handle -> {
          List<ZoneHeader> headers =
              headers(handle, ids).stream()
                  .sorted(Comparator.comparingInt(ZoneHeader::id))
                  .toList();
          new ZonesInBulk(handle, SigningReader.NONE, sealed, pins)
              .read(headers, (header, records, data) -> to.accept(data));
          return null;
        });
  }

  private ZonesInBulk inBulk(Handle handle) {
    return new ZonesInBulk(handle, signing, sealed, pins);
  }

  @Override
  public Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds) {
    return database.inSnapshot(handle -> signing.read(handle, origins(handle, zoneIds)));
  }

  private static Map<Integer, Name> origins(Handle handle, Set<Integer> zoneIds) {
    Map<Integer, Name> origins = new HashMap<>();
    handle
        .createQuery("SELECT id, name FROM public.domains WHERE id = ANY(:ids)")
        .bindArray("ids", Integer.class, zoneIds.toArray())
        .map((rs, context) -> Map.entry(rs.getInt("id"), rs.getString("name")))
        .forEach(
            row ->
                StoredNames.parse(row.getValue())
                    .ifPresent(origin -> origins.put(row.getKey(), origin)));
    return origins;
  }

  @Override
  public List<RecordRow> recordsAt(int zoneId, Set<Name> owners) {
    String[] names =
        owners.stream()
            .flatMap(owner -> Stream.of(StoredNames.spellings(owner)))
            .toArray(String[]::new);
    return database.inSnapshot(
        handle ->
            records(
                handle
                    .createQuery(RECORDS + " AND name = ANY(:names) ORDER BY id")
                    .bindArray("names", String.class, (Object[]) names),
                zoneId));
  }

  static List<RecordRow> records(Query query, int zoneId) {
    return query
        .bind("zone", zoneId)
        .setFetchSize(10_000)
        .map((rs, context) -> record(rs))
        .filter(Objects::nonNull)
        .list();
  }

  static RecordRow record(ResultSet row) throws SQLException {
    Optional<Name> owner = StoredNames.parse(row.getString("name"));
    if (owner.isEmpty()) {
      log.warn(
          "record {}: '{}' is no domain name; left out", row.getLong("id"), row.getString("name"));
      return null;
    }
    Integer prio = row.getObject("prio", Integer.class);
    return RecordRow.stored(
        row.getLong("id"),
        owner.get(),
        RecordRow.type(row.getString("type")),
        Objects.requireNonNullElse(row.getString("content"), ""),
        row.getLong("ttl"),
        prio == null ? RecordRow.NO_PRIORITY : prio);
  }

  @Override
  public List<TsigKey> tsigKeys() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    "SELECT name, algorithm, secret FROM public.tsigkeys WHERE algorithm IS NOT NULL AND secret IS NOT NULL ORDER BY id")
                .map(
                    (rs, context) ->
                        StoredNames.parse(rs.getString("name"))
                            .map(name -> tsigKey(rs, name))
                            .orElse(null))
                .filter(key -> key != null && isReadable(key))
                .list());
  }

  private static boolean isReadable(TsigKey key) {
    if (!key.isReadable()) {
      log.warn(
          "TSIG key {}: its algorithm or secret is none that PowerDNS can read; left out",
          NameText.of(key.name()));
    }
    return key.isReadable();
  }

  private static TsigKey tsigKey(ResultSet row, Name name) {
    try {
      return new TsigKey(name, row.getString("algorithm"), row.getString("secret"));
    } catch (SQLException e) {
      throw new ZoneStorageException("cannot read a TSIG key: " + e.getMessage(), e);
    }
  }

  @Override
  public List<FoundRecord> search(String pattern, int limit) {
    String like =
        pattern
            .toLowerCase(Locale.ROOT)
            .replace("\\", "\\\\")
            .replace("%", "\\%")
            .replace("_", "\\_")
            .replace('*', '%')
            .replace('?', '_');
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT d.id AS zone_id, d.name AS zone, r.*
                    FROM public.records r JOIN public.domains d ON d.id = r.domain_id
                    WHERE (r.name LIKE :like OR lower(r.content) LIKE :like)
                      AND NOT coalesce(r.disabled, false)
                      AND r.type IS NOT NULL AND r.type <> '' AND r.content IS NOT NULL
                    ORDER BY d.id, r.id LIMIT :limit
                    """)
                .bind("like", like)
                .bind("limit", limit)
                .map(
                    (rs, context) -> {
                      RecordRow row = record(rs);
                      Optional<Name> zone = StoredNames.parse(rs.getString("zone"));
                      return row == null || zone.isEmpty()
                          ? null
                          : new FoundRecord(rs.getInt("zone_id"), zone.get(), row);
                    })
                .filter(Objects::nonNull)
                .list());
  }

  @Override
  public Set<Integer> zonesWithProblems() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT DISTINCT domain_id FROM keyward.problem")
                .mapTo(Integer.class)
                .set());
  }

  @Override
  public void replace(Map<Integer, List<RecordProblem>> byZone) {
    try {
      database.useTransaction(
          handle -> {
            handle
                .createUpdate("DELETE FROM keyward.problem WHERE domain_id = ANY(:zones)")
                .bindArray("zones", Integer.class, byZone.keySet().toArray())
                .execute();
            insert(handle, byZone);
          });
    } catch (ZoneStorageException e) {
      log.debug("problems of {} zones are not stored: {}", byZone.size(), e.getMessage());
    }
  }

  private static void insert(Handle handle, Map<Integer, List<RecordProblem>> byZone) {
    if (byZone.values().stream().allMatch(List::isEmpty)) {
      return;
    }
    PreparedBatch batch =
        handle.prepareBatch(
            """
            INSERT INTO keyward.problem (domain_id, name, type, content, reason)
            SELECT id, ?, ?, ?, ? FROM public.domains WHERE id = ?
            """);
    byZone.forEach(
        (zoneId, problems) ->
            problems.forEach(
                problem ->
                    batch.add(
                        problem.owner(),
                        problem.type(),
                        problem.content(),
                        problem.reason(),
                        zoneId)));
    batch.execute();
  }
}
