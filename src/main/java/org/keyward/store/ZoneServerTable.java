package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.keyward.keyset.ServersView;
import org.keyward.signing.ZoneServers;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** What the name servers of zones showed: {@code keyward.zone_server}. */
final class ZoneServerTable {
  private ZoneServerTable() {}

  /** One that does not answer is counted until what it may have has expired. */
  private record Row(
      long serial,
      boolean answers,
      boolean counts,
      Instant askedAt,
      Set<Integer> keys,
      Set<Integer> signers) {}

  /**
   * What they all show; empty when nobody was asked, or a server that is to be asked was not.
   *
   * @return a view in which a server that does not answer, or shows an older serial than the roll
   *     needs, has not followed
   */
  static Optional<ServersView> view(Handle handle, KeySetRows.Zone zone, Instant now) {
    long needed = needed(handle, zone);
    List<Row> rows =
        rows(handle, zone, now).stream().filter(Row::counts).collect(Collectors.toList());
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    boolean followed =
        rows.stream().allMatch(row -> row.answers() && !isBefore(row.serial(), needed));
    Instant asked = rows.stream().map(Row::askedAt).min(Instant::compareTo).orElseThrow();
    Set<Integer> keysAtAll = new HashSet<>(rows.get(0).keys());
    Set<Integer> signersAtAll = new HashSet<>(rows.get(0).signers());
    Set<Integer> keysAtAny = new HashSet<>();
    Set<Integer> signersAtAny = new HashSet<>();
    for (Row row : rows) {
      keysAtAll.retainAll(row.keys());
      signersAtAll.retainAll(row.signers());
      keysAtAny.addAll(row.keys());
      signersAtAny.addAll(row.signers());
    }
    return Optional.of(
        new ServersView(
            asked,
            followed ? asked : Instant.EPOCH,
            keysAtAll,
            keysAtAny,
            signersAtAll,
            signersAtAny));
  }

  /** Somebody may have set the serial of the zone back since: then it is that. */
  private static long needed(Handle handle, KeySetRows.Zone zone) {
    return handle
        .createQuery(
            """
            SELECT CASE WHEN keyward.serial_after(r.serial, s.serial) THEN s.serial ELSE r.serial END
            FROM keyward.roll r, LATERAL (
              SELECT coalesce(keyward.serial_of(?), r.serial) AS serial) s
            WHERE r.assignment_id = ? ORDER BY 1 DESC LIMIT 1
            """)
        .bind(0, zone.domainId())
        .bind(1, zone.id())
        .mapTo(Long.class)
        .findFirst()
        .orElse(0L);
  }

  /** RFC 1982. */
  private static boolean isBefore(long serial, long other) {
    long ahead = Math.floorMod(other - serial, 1L << 32);
    return ahead > 0 && ahead < 1L << 31;
  }

  private static List<Row> rows(Handle handle, KeySetRows.Zone zone, Instant now) {
    return handle
        .createQuery(
            """
            SELECT z.*, z.failing_since IS NULL OR coalesce((
                SELECT max(s.expiration) > :now FROM keyward.signed_set s
                WHERE s.assignment_id = z.assignment_id AND s.signed_at <= z.failing_since), false)
              AS counts
            FROM keyward.zone_server z WHERE z.assignment_id = :id
            """)
        .bind("id", zone.id())
        .bind("now", now.getEpochSecond())
        .map((row, context) -> row(row))
        .list();
  }

  private static Row row(ResultSet row) throws SQLException {
    Set<Integer> keys = new HashSet<>(KeySetRows.ids(row, "zsks"));
    KeySetRows.ids(row, "ksks").forEach(id -> keys.add(-id));
    return new Row(
        row.getLong("serial"),
        row.getString("failing_since") == null,
        row.getBoolean("counts"),
        row.getObject("asked_at", OffsetDateTime.class).toInstant(),
        keys,
        new HashSet<>(KeySetRows.ids(row, "signers")));
  }

  /** Those in the zone's NS set, with the addresses that the database has of them. */
  static ZoneServers.Asked toAsk(Handle handle, int assignmentId) {
    Map<Name, List<String>> servers = new LinkedHashMap<>();
    handle
        .createQuery(
            """
            SELECT n.content AS server, ARRAY(
                SELECT DISTINCT a.content FROM public.records a
                WHERE lower(a.name) = lower(rtrim(n.content, '.')) AND a.type IN ('A', 'AAAA')
                  AND NOT coalesce(a.disabled, false)) AS addresses
            FROM keyward.assignment z JOIN public.domains d ON d.id = z.domain_id
            JOIN public.records n ON n.domain_id = d.id AND n.name = d.name
            WHERE z.id = ? AND n.type = 'NS' AND NOT coalesce(n.disabled, false) ORDER BY n.content
            """)
        .bind(0, assignmentId)
        .map(
            (row, context) ->
                Map.entry(
                    row.getString("server"),
                    List.of((String[]) row.getArray("addresses").getArray())))
        .list()
        .forEach(
            found ->
                StoredNames.parse(found.getKey())
                    .ifPresent(name -> servers.put(name, found.getValue())));
    Name zone =
        handle
            .createQuery("SELECT zone FROM keyward.assignment WHERE id = ?")
            .bind(0, assignmentId)
            .mapTo(String.class)
            .one()
            .transform(text -> StoredNames.parse(text).orElseThrow());
    return new ZoneServers.Asked(
        zone,
        servers.entrySet().stream()
            .map(one -> new ZoneServers.NameServer(one.getKey(), one.getValue()))
            .toList());
  }

  static void seen(Handle handle, int assignmentId, List<ZoneServers.Shown> shown, Instant now) {
    handle
        .createUpdate(
            "DELETE FROM keyward.zone_server WHERE assignment_id = :id AND address <> ALL(:asked)")
        .bind("id", assignmentId)
        .bindArray("asked", String.class, shown.stream().map(ZoneServers.Shown::address).toArray())
        .execute();
    List<KeyRows.Zsk> zsks =
        KeyRows.zsks(handle, assignmentId).getOrDefault(assignmentId, List.of());
    List<KskRows.Ksk> ksks = KskRows.of(handle, assignmentId).getOrDefault(assignmentId, List.of());
    for (ZoneServers.Shown one : shown) {
      one.answer()
          .ifPresentOrElse(
              answer -> answered(handle, assignmentId, one.address(), answer, ksks, zsks, now),
              () -> failed(handle, assignmentId, one, now));
    }
  }

  private static void answered(
      Handle handle,
      int assignmentId,
      String address,
      ZoneServers.Answer answer,
      List<KskRows.Ksk> ksks,
      List<KeyRows.Zsk> zsks,
      Instant now) {
    Object[] entries =
        ksks.stream()
            .filter(
                ksk ->
                    answer.keys().stream()
                        .anyMatch(key -> isSame(ksk.algorithmNumber(), ksk.publicKey(), key)))
            .map(KskRows.Ksk::id)
            .toArray();
    Object[] published =
        zsks.stream()
            .filter(
                zsk ->
                    answer.keys().stream()
                        .anyMatch(key -> isSame(zsk.algorithmNumber(), zsk.publicKey(), key)))
            .map(KeyRows.Zsk::id)
            .toArray();
    Object[] signers =
        zsks.stream()
            .filter(
                zsk ->
                    answer.signatures().stream()
                        .anyMatch(
                            signature ->
                                signature.getAlgorithm() == zsk.algorithmNumber()
                                    && signature.getFootprint()
                                        == zsk.dnskey(signature.getSigner()).getFootprint()))
            .map(KeyRows.Zsk::id)
            .toArray();
    handle
        .createUpdate(
            """
            INSERT INTO keyward.zone_server AS z (assignment_id, address, serial, ksks, zsks,
              signers, shown_since, answered_at, asked_at)
            VALUES (:id, :address, :serial, :ksks, :zsks, :signers, :now, :now, :now)
            ON CONFLICT (assignment_id, address) DO UPDATE SET serial = excluded.serial,
              shown_since = CASE WHEN (z.ksks, z.zsks, z.signers) =
                  (excluded.ksks, excluded.zsks, excluded.signers)
                THEN coalesce(z.shown_since, excluded.shown_since) ELSE excluded.shown_since END,
              ksks = excluded.ksks, zsks = excluded.zsks, signers = excluded.signers, answered_at = excluded.answered_at,
              asked_at = excluded.asked_at, failing_since = NULL, failure = NULL
            """)
        .bind("id", assignmentId)
        .bind("address", address)
        .bind("serial", answer.serial())
        .bindArray("ksks", Integer.class, entries)
        .bindArray("zsks", Integer.class, published)
        .bindArray("signers", Integer.class, signers)
        .bind("now", KeySetRows.at(now))
        .execute();
  }

  /** By the whole key: tags alone may be equal. */
  private static boolean isSame(int algorithm, byte[] publicKey, DNSKEYRecord key) {
    return key.getAlgorithm() == algorithm && Arrays.equals(key.getKey(), publicKey);
  }

  private static void failed(
      Handle handle, int assignmentId, ZoneServers.Shown shown, Instant now) {
    handle
        .createUpdate(
            """
            INSERT INTO keyward.zone_server AS z (assignment_id, address, asked_at, failing_since,
              failure)
            VALUES (:id, :address, :now, :now, :why)
            ON CONFLICT (assignment_id, address) DO UPDATE SET asked_at = excluded.asked_at,
              failing_since = coalesce(z.failing_since, excluded.failing_since),
              failure = excluded.failure
            """)
        .bind("id", assignmentId)
        .bind("address", shown.address())
        .bind("now", KeySetRows.at(now))
        .bind("why", Objects.requireNonNullElse(shown.failure(), ""))
        .execute();
  }
}
