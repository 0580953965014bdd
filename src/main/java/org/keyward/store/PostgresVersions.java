package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.keyward.signing.FindingStore.UnnoticedFact;
import org.keyward.zone.StoredVersions;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Versions of zones are sums over the rows in PowerDNS's tables, each with the transaction that
 * wrote it: whoever writes, and whatever triggers are off, the sum is another. Thread-safe.
 */
public class PostgresVersions implements StoredVersions {
  private static final Logger log = LoggerFactory.getLogger(PostgresVersions.class);

  /** Somebody has read it by then. */
  private static final Duration TOLD = Duration.ofDays(1);

  private static final Duration KEPT = Duration.ofDays(7);

  private static final String VERSIONS =
      """
      WITH part AS MATERIALIZED (
        SELECT id, concat_ws(' ', name, type, master) AS header FROM public.domains
        WHERE id > :after ORDER BY id LIMIT :most),
      range AS MATERIALIZED (SELECT min(id) AS first, max(id) AS last FROM part),
      row AS (
        SELECT r.domain_id, hashint8extended(r.id, r.xmin::TEXT::BIGINT) AS version
        FROM public.records r, range g WHERE r.domain_id BETWEEN g.first AND g.last
        UNION ALL
        SELECT m.domain_id, hashint8extended(m.id, -m.xmin::TEXT::BIGINT)
        FROM public.domainmetadata m, range g WHERE m.domain_id BETWEEN g.first AND g.last
        UNION ALL
        SELECT c.domain_id, hashint8extended(-c.id, c.xmin::TEXT::BIGINT)
        FROM public.cryptokeys c, range g WHERE c.domain_id BETWEEN g.first AND g.last)
      SELECT p.id, hashtextextended(p.header || ' ' || coalesce(s.version::TEXT, ''), 0) AS version
      FROM part p LEFT JOIN (
        SELECT domain_id, sum(version) AS version FROM row GROUP BY domain_id) s
        ON s.domain_id = p.id
      ORDER BY p.id
      """;

  private final Database database;
  private final PostgresZones zones;
  private final String host;

  /**
   * @param host names this process to people
   */
  public PostgresVersions(Database database, PostgresZones zones, String host) {
    this.database = database;
    this.zones = zones;
    this.host = host;
  }

  @Override
  public long zones() {
    return database.inSnapshot(
        handle ->
            handle.createQuery("SELECT count(*) FROM public.domains").mapTo(Long.class).one());
  }

  @Override
  public SortedMap<Integer, Long> after(int zoneId, int most) {
    SortedMap<Integer, Long> versions = new TreeMap<>();
    database.inSnapshot(
        handle -> {
          handle
              .createQuery(VERSIONS)
              .bind("after", zoneId)
              .bind("most", most)
              .map((row, context) -> Map.entry(row.getInt("id"), row.getLong("version")))
              .forEach(row -> versions.put(row.getKey(), row.getValue()));
          return null;
        });
    return versions;
  }

  @Override
  public void read(Set<Integer> zoneIds, Consumer<ZoneData> to) {
    zones.readSome(
        zoneIds,
        data -> {
          try {
            to.accept(data.get());
          } catch (ZoneStorageException e) {
            throw e;
          } catch (RuntimeException e) {
            log.debug("comparison: a zone cannot be read: {}", e.toString());
          }
        });
  }

  /** A replica takes no row: there the log of the server says it alone. */
  @Override
  public void unnoticed(Map<ZoneHeader, String> what) {
    String causes = String.join("; ", causes());
    try {
      database.useTransaction(
          handle -> {
            PreparedBatch batch =
                handle.prepareBatch(
                    "INSERT INTO keyward.unnoticed_change (host, zone, what, cause) VALUES (?, ?, ?, ?)"
                        + " ON CONFLICT DO NOTHING");
            what.forEach(
                (zone, where) -> batch.add(host, StoredNames.of(zone.origin()), where, causes));
            batch.execute();
          });
    } catch (ZoneStorageException e) {
      log.debug("comparison: what was found is not stored: {}", e.getMessage());
    }
  }

  @Override
  public List<String> causes() {
    List<String> off =
        database.inSnapshot(
            handle ->
                handle
                    .createQuery(
                        """
                        SELECT c.relname || '.' || t.tgname FROM pg_trigger t
                        JOIN pg_class c ON c.oid = t.tgrelid
                        WHERE t.tgname LIKE 'keyward\\_%' AND t.tgenabled = 'D'
                          AND c.relnamespace = 'public'::REGNAMESPACE ORDER BY 1
                        """)
                    .mapTo(String.class)
                    .list());
    return List.of(
        off.isEmpty()
            ? "somebody wrote while triggers were switched off"
            : "triggers are switched off: " + String.join(", ", off));
  }

  static List<UnnoticedFact> recent(Handle handle, Instant now, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
                SELECT zone, max(noticed_at) AS noticed_at,
                  (array_agg(what ORDER BY noticed_at DESC))[1] AS what,
                  (array_agg(cause ORDER BY noticed_at DESC))[1] AS cause
                FROM keyward.unnoticed_change WHERE noticed_at > :from
                GROUP BY zone ORDER BY zone LIMIT :limit
                """)
            .bind("from", now.minus(TOLD).atOffset(ZoneOffset.UTC))
            .bind("limit", limit),
        "keyward.unnoticed_change",
        (row, context) ->
            new UnnoticedFact(
                row.getString("zone"),
                row.getTimestamp("noticed_at").toInstant(),
                row.getString("what"),
                row.getString("cause")));
  }

  static void prune(Handle handle, Instant now) {
    handle.execute(
        "DELETE FROM keyward.unnoticed_change WHERE noticed_at < ?",
        now.minus(KEPT).atOffset(ZoneOffset.UTC));
  }
}
