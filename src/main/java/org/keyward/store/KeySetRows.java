package org.keyward.store;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.keyset.CachedTtls;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySet;
import org.keyward.keyset.Observed;
import org.keyward.keyset.PolicyRows;
import org.keyward.keyset.SignedWindow;
import org.keyward.keyset.ZoneKey;
import org.keyward.signing.RollStore.ZoneRolls;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/**
 * A zone's keys, its stored sets and what was seen of it, as its planner knows them. Ids of ZSKs
 * are those of {@code keyward.zsk}; those of KSKs, which are in another table, are negative.
 */
final class KeySetRows {
  private KeySetRows() {}

  /** An assignment, with the KSK that it uses. */
  record Zone(
      int id,
      int domainId,
      Name origin,
      SigningSchedule schedule,
      Duration runway,
      long dnskeyTtl,
      ZoneKey ksk,
      String state,
      SigningMode mode,
      boolean changing,
      String policy) {}

  /** Of an assignment {@code a}: whether it is on its way to another mode. */
  static final String CHANGING = "a.next_mode IS NOT NULL OR a.adopt_after IS NOT NULL AS changing";

  static final String ASSIGNMENT =
      """
      SELECT a.*, k.algorithm AS ksk_algorithm, k.key_tag AS ksk_tag,
        %s,
        (SELECT z.policy FROM keyward.zone_policies z WHERE z.assignment_id = a.id) AS policy
      FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
      """
          .formatted(CHANGING);

  static Zone zone(ResultSet row) throws SQLException {
    return new Zone(
        row.getInt("id"),
        row.getInt("domain_id"),
        StoredNames.parse(row.getString("zone")).orElseThrow(),
        AssignmentTable.schedule(row),
        Duration.ofSeconds(row.getLong("runway")),
        row.getLong("dnskey_ttl"),
        ZoneKey.inUse(
            -row.getInt("key_id"),
            KeyRole.KSK,
            row.getInt("ksk_algorithm"),
            row.getInt("ksk_tag"),
            Instant.EPOCH),
        row.getString("state"),
        SigningMode.parse(row.getString("mode")).orElseThrow(),
        row.getBoolean("changing"),
        Optional.ofNullable(row.getString("policy")).orElse(PolicyRows.DEFAULT));
  }

  /** All of it, in a transaction that has locked the assignment. */
  static ZoneRolls read(Handle handle, Zone zone, Instant now) {
    return read(handle, zone, now, cached(handle, zone));
  }

  /** The same where nothing is to be noted with a roll: with the TTLs that it would note now. */
  static ZoneRolls look(Handle handle, Zone zone, Instant now) {
    return read(handle, zone, now, ForecastRows.cached(handle, zone.id()).get(zone.id()));
  }

  private static ZoneRolls read(Handle handle, Zone zone, Instant now, CachedTtls cached) {
    KeySet keys = keys(handle, zone);
    return new ZoneRolls(
        zone.id(),
        zone.origin(),
        zone.schedule(),
        zone.runway(),
        Duration.ofSeconds(zone.dnskeyTtl()),
        zone.policy(),
        keys,
        new Observed(
            stock(handle, now, zone.id()).getOrDefault(zone.id(), List.of()),
            ZoneServerTable.view(handle, zone, now),
            ParentServerTable.view(handle, zone),
            cached,
            true));
  }

  private static CachedTtls cached(ResultSet row) throws SQLException {
    return new CachedTtls(
        Duration.ofSeconds(row.getLong("key")),
        Duration.ofSeconds(row.getLong("data")),
        Duration.ofSeconds(row.getLong("ds")));
  }

  private static KeySet keys(Handle handle, Zone zone) {
    return new KeySet(
        keys(
            zone.origin(),
            KskRows.of(handle, zone.id()).getOrDefault(zone.id(), List.of()),
            KeyRows.zsks(handle, zone.id()).getOrDefault(zone.id(), List.of())),
        RollTable.of(handle, zone.id()).getOrDefault(zone.id(), List.of()));
  }

  static List<ZoneKey> keys(Name zone, List<KskRows.Ksk> ksks, List<KeyRows.Zsk> zsks) {
    List<ZoneKey> keys = new ArrayList<>();
    ksks.forEach(row -> keys.add(row.zoneKey(zone)));
    zsks.forEach(row -> keys.add(row.zoneKey(row.dnskey(zone).getFootprint())));
    return keys;
  }

  /** By assignment; of a window that was signed more than once, what was stored last. */
  static Map<Integer, List<SignedWindow>> stock(
      Handle handle, Instant now, Object... assignmentIds) {
    return handle
        .createQuery(
            """
            SELECT DISTINCT ON (s.assignment_id, s.active_from) s.assignment_id, s.active_from,
              s.inception, s.expiration, s.zsks, s.ksks, array_agg(s.signer) AS signers,
              max(s.signed_at) AS signed_at
            FROM keyward.signed_set s JOIN keyward.assignment a ON a.id = s.assignment_id
            WHERE s.assignment_id = ANY(:ids) AND s.expiration > :now
            GROUP BY a.id, s.assignment_id, s.active_from, s.inception, s.expiration, s.ttl, s.zsks, s.ksks
            ORDER BY s.assignment_id, s.active_from, s.ttl = a.dnskey_ttl DESC, max(s.stored) DESC
            """)
        .bindArray("ids", Integer.class, assignmentIds)
        .bind("now", now.getEpochSecond())
        .map((row, context) -> Map.entry(row.getInt("assignment_id"), signed(row)))
        .stream()
        .collect(groupingBy(Map.Entry::getKey, mapping(Map.Entry::getValue, toList())));
  }

  private static SignedWindow signed(ResultSet row) throws SQLException {
    Set<Integer> inSet = new HashSet<>(ids(row, "zsks"));
    ids(row, "ksks").forEach(id -> inSet.add(-id));
    return new SignedWindow(
        SigningWorkTable.window(row),
        inSet,
        ids(row, "signers").stream().map(id -> -id).collect(toSet()),
        row.getObject("signed_at", OffsetDateTime.class).toInstant());
  }

  static List<Integer> ids(ResultSet row, String column) throws SQLException {
    return Arrays.asList((Integer[]) row.getArray(column).getArray());
  }

  /**
   * The largest TTLs, also of what is no longer there: they are noted with the roll, so that they
   * do not shrink while it is under way.
   */
  private static CachedTtls cached(Handle handle, Zone zone) {
    handle
        .createUpdate(
            """
            UPDATE keyward.roll SET
              dnskey_ttl = greatest(dnskey_ttl, :key, coalesce((SELECT max(s.ttl)
                FROM keyward.signed_set s WHERE s.assignment_id = :id), 0)),
              data_ttl = greatest(data_ttl,
                coalesce((SELECT max(coalesce(r.ttl, 3600)) FROM public.records r
                  WHERE r.domain_id = :domain), 0),
                coalesce((SELECT max(t.ttl) FROM keyward.roll_ttl t
                  WHERE t.domain_id = :domain), 0)),
              ds_ttl = greatest(ds_ttl, coalesce((SELECT max(p.ttl) FROM keyward.parent_ds_ttl p
                WHERE p.domain_id = :domain), 0))
            WHERE assignment_id = :id
            """)
        .bind("key", zone.dnskeyTtl())
        .bind("id", zone.id())
        .bind("domain", zone.domainId())
        .execute();
    handle.execute(
        """
        DELETE FROM keyward.roll_ttl t WHERE t.domain_id = ? AND t.ttl <= (
          SELECT min(r.data_ttl) FROM keyward.roll r WHERE r.assignment_id = ?)
        """,
        zone.domainId(),
        zone.id());
    return handle
        .createQuery(
            """
            SELECT max(dnskey_ttl) AS key, max(data_ttl) AS data, max(ds_ttl) AS ds
            FROM keyward.roll WHERE assignment_id = ?
            """)
        .bind(0, zone.id())
        .map((row, context) -> cached(row))
        .one();
  }

  /**
   * The assignment with a roll, or whose parent may have gone back to a former KSK, unless somebody
   * else is at it.
   */
  static Optional<Zone> lockRolling(Handle handle, int assignmentId) {
    return handle
        .createQuery(
            ASSIGNMENT
                + """
                WHERE a.id = ? AND a.state <> 'ended' AND a.domain_id IS NOT NULL
                  AND (EXISTS (SELECT FROM keyward.roll r WHERE r.assignment_id = a.id)
                    OR EXISTS (SELECT FROM keyward.ksk s
                      WHERE s.assignment_id = a.id AND s.look_at IS NOT NULL))
                FOR UPDATE OF a SKIP LOCKED
                """)
        .bind(0, assignmentId)
        .map((row, context) -> zone(row))
        .findFirst()
        .filter(zone -> lockRolls(handle, zone.id()));
  }

  /** A zone that is signed and stays so, unless somebody else is at it. */
  static Optional<Zone> lockSigned(Handle handle, int assignmentId) {
    return handle
        .createQuery(
            ASSIGNMENT
                + """
                WHERE a.id = ? AND a.state = 'signed' AND a.domain_id IS NOT NULL
                FOR UPDATE OF a SKIP LOCKED
                """)
        .bind(0, assignmentId)
        .map((row, context) -> zone(row))
        .findFirst()
        .filter(zone -> lockRolls(handle, zone.id()));
  }

  /** Whether nobody else is at them. */
  private static boolean lockRolls(Handle handle, int assignmentId) {
    return handle
        .createQuery(
            """
            SELECT (SELECT count(*) FROM keyward.roll WHERE assignment_id = :id) = (
              SELECT count(*) FROM (SELECT FROM keyward.roll WHERE assignment_id = :id
                FOR UPDATE SKIP LOCKED) free)
            """)
        .bind("id", assignmentId)
        .mapTo(Boolean.class)
        .one();
  }

  /** The assignment of a zone, to look at. */
  static Optional<Zone> find(Handle handle, Name zone) {
    return handle
        .createQuery(
            ASSIGNMENT
                + """
                WHERE a.state <> 'ended' AND a.domain_id IN (
                  SELECT id FROM public.domains WHERE name = ANY(:names))
                """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .map((row, context) -> zone(row))
        .findFirst();
  }

  /** The assignment of a zone. */
  static Optional<Zone> lock(Handle handle, Name zone) {
    Optional<Zone> found =
        handle
            .createQuery(
                ASSIGNMENT
                    + """
                    WHERE a.state <> 'ended' AND a.domain_id IN (
                      SELECT id FROM public.domains WHERE name = ANY(:names))
                    FOR UPDATE OF a
                    """)
            .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
            .map((row, context) -> zone(row))
            .findFirst();
    found.ifPresent(
        one ->
            handle
                .createQuery("SELECT 1 FROM keyward.roll WHERE assignment_id = ? FOR UPDATE")
                .bind(0, one.id())
                .mapTo(Integer.class)
                .list());
    return found;
  }

  /**
   * Whether no DNSKEY set of the zone is being signed at this moment: it would be stored with the
   * keys of before. Nobody begins to until the transaction ends.
   */
  static boolean lockWork(Handle handle, int assignmentId) {
    int all =
        handle
            .createQuery(
                "SELECT count(*) FROM keyward.signing_work WHERE assignment_id = ? AND type = 48")
            .bind(0, assignmentId)
            .mapTo(Integer.class)
            .one();
    int free =
        handle
            .createQuery(
                """
                SELECT 1 FROM keyward.signing_work WHERE assignment_id = ? AND type = 48
                FOR UPDATE SKIP LOCKED
                """)
            .bind(0, assignmentId)
            .mapTo(Integer.class)
            .list()
            .size();
    return free >= all;
  }

  static OffsetDateTime at(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
