package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.ParentDesk;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.ParentView;
import org.keyward.signing.FindingStore.Asked;
import org.keyward.signing.ParentAnswer;
import org.keyward.signing.ParentAnswers;
import org.keyward.signing.ParentVerdict;
import org.xbill.DNS.Name;

/**
 * What each server of the parent shows of a zone: {@code keyward.parent_server}. A row is written
 * when what it shows has changed: there are many, and they are asked all day long.
 */
final class ParentServerTable {
  /** For how long TTLs are remembered: a parent may lower them for a change alone. */
  private static final Duration REMEMBERED = Duration.ofDays(60);

  private ParentServerTable() {}

  static void shown(Handle handle, Asked zone, ParentAnswers answers, Instant now) {
    String parent = answers.parent().map(name -> NameText.of(name)).orElse("");
    forget(handle, zone.zoneId(), answers.all());
    ttls(handle, zone.zoneId(), answers, now);
    for (ParentAnswer answer : answers.all()) {
      handle
          .createUpdate(
              """
              INSERT INTO keyward.parent_server AS s
                (domain_id, parent, server, address, shows, ds, ttl, detail, since)
              SELECT id, :parent, :server, :address, :shows, :ds, :ttl, :detail, :now
              FROM public.domains WHERE id = :zone
              ON CONFLICT (domain_id, server, address) DO UPDATE SET parent = excluded.parent,
                shows = excluded.shows, ds = excluded.ds, ttl = excluded.ttl,
                detail = excluded.detail,
                since = CASE WHEN (s.shows, s.ds) = (excluded.shows, excluded.ds)
                  THEN s.since ELSE excluded.since END
              WHERE (s.parent, s.shows, s.ds, s.ttl, s.detail) IS DISTINCT FROM
                (excluded.parent, excluded.shows, excluded.ds, excluded.ttl, excluded.detail)
              """)
          .bind("zone", zone.zoneId())
          .bind("parent", parent)
          .bind("server", answer.server())
          .bind("address", answer.address())
          .bind("shows", answer.shows(zone.keys()))
          .bindArray("ds", String.class, (Object[]) ds(answer))
          .bind("ttl", answer.ttl().orElse(null))
          .bind("detail", answer.detail())
          .bind("now", now.atOffset(ZoneOffset.UTC))
          .execute();
    }
  }

  /** TTLs of the DS that may still be in caches. */
  private static void ttls(Handle handle, int zoneId, ParentAnswers answers, Instant now) {
    Optional<Long> largest =
        answers.all().stream().flatMap(answer -> answer.ttl().stream()).max(Long::compare);
    if (largest.isEmpty()) {
      return;
    }
    handle
        .createUpdate(
            """
            INSERT INTO keyward.parent_ds_ttl AS t (domain_id, ttl, seen_at)
            SELECT d.id, :ttl, :now FROM public.domains d WHERE d.id = :zone AND NOT EXISTS (
              SELECT FROM keyward.parent_ds_ttl l
              WHERE l.domain_id = d.id AND l.ttl >= :ttl AND l.seen_at > :day)
            ON CONFLICT (domain_id, ttl) DO UPDATE SET seen_at = excluded.seen_at
            """)
        .bind("zone", zoneId)
        .bind("ttl", largest.get())
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .bind("day", now.minus(Duration.ofDays(1)).atOffset(ZoneOffset.UTC))
        .execute();
    handle
        .createUpdate("DELETE FROM keyward.parent_ds_ttl WHERE domain_id = ? AND seen_at < ?")
        .bind(0, zoneId)
        .bind(1, now.minus(REMEMBERED).atOffset(ZoneOffset.UTC))
        .execute();
  }

  /**
   * What they all show of the zone's KSKs; empty when nobody was asked.
   *
   * @return a view in which a server that does not say, or not for the parent, leaves it incomplete
   */
  static Optional<ParentView> view(Handle handle, KeySetRows.Zone zone) {
    Optional<Instant> asked =
        handle
            .createQuery("SELECT checked_at FROM keyward.parent_view WHERE domain_id = ?")
            .bind(0, zone.domainId())
            .map((row, context) -> row.getObject(1, OffsetDateTime.class).toInstant())
            .findFirst();
    List<KskRows.Ksk> ksks = KskRows.of(handle, zone.id()).getOrDefault(zone.id(), List.of());
    List<Optional<Set<Integer>>> shown =
        handle
            .createQuery("SELECT shows, ds FROM keyward.parent_server WHERE domain_id = ?")
            .bind(0, zone.domainId())
            .map((row, context) -> named(row, zone.origin(), ksks))
            .list();
    List<Set<Integer>> answered = shown.stream().flatMap(Optional::stream).toList();
    if (asked.isEmpty() || answered.isEmpty()) {
      return Optional.empty();
    }
    Set<Integer> atAll = new HashSet<>(answered.get(0));
    answered.forEach(atAll::retainAll);
    Set<Integer> atAny = answered.stream().flatMap(Set::stream).collect(Collectors.toSet());
    return Optional.of(new ParentView(asked.get(), answered.size() == shown.size(), atAll, atAny));
  }

  /** Ids of the KSKs whose DS a server has; nothing of one that does not say. */
  private static Optional<Set<Integer>> named(ResultSet row, Name zone, List<KskRows.Ksk> ksks)
      throws SQLException {
    if (List.of("lame", "unreachable").contains(row.getString("shows"))) {
      return Optional.empty();
    }
    List<String> ds = List.of((String[]) row.getArray("ds").getArray());
    return Optional.of(
        ksks.stream()
            .filter(ksk -> ds.stream().anyMatch(one -> ParentVerdict.fits(one, ksk.dnskey(zone))))
            .map(ksk -> -ksk.id())
            .collect(Collectors.toSet()));
  }

  /** Servers and addresses that the parent does not have any more. */
  private static void forget(Handle handle, int zoneId, List<ParentAnswer> present) {
    handle
        .createUpdate(
            """
            DELETE FROM keyward.parent_server WHERE domain_id = :zone AND (server, address) NOT IN (
              SELECT * FROM unnest(CAST(:servers AS text[]), CAST(:addresses AS text[])))
            """)
        .bind("zone", zoneId)
        .bindArray(
            "servers",
            String.class,
            (Object[]) present.stream().map(ParentAnswer::server).toArray(String[]::new))
        .bindArray(
            "addresses",
            String.class,
            (Object[]) present.stream().map(ParentAnswer::address).toArray(String[]::new))
        .execute();
  }

  /** Key tag, algorithm, digest type and digest of each, as in a master file. */
  private static String[] ds(ParentAnswer answer) {
    return answer.ds().stream().map(ds -> ds.rdataToString()).sorted().toArray(String[]::new);
  }

  static List<ParentDesk.Server> of(Handle handle, Name zone) {
    return handle
        .createQuery(
            """
            SELECT * FROM keyward.parent_servers WHERE zone = ANY(:names) ORDER BY server, address
            """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .map(
            (row, context) ->
                new ParentDesk.Server(
                    row.getString("parent"),
                    row.getString("server"),
                    row.getString("address"),
                    row.getString("shows"),
                    List.of((String[]) row.getArray("ds").getArray()),
                    Optional.ofNullable((Integer) row.getObject("ttl")),
                    row.getString("detail"),
                    row.getObject("since", OffsetDateTime.class).toInstant(),
                    row.getObject("at", OffsetDateTime.class).toInstant()))
        .list();
  }
}
