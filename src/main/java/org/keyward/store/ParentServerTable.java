package org.keyward.store;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.ParentDesk;
import org.keyward.dnssec.NameText;
import org.keyward.signing.FindingStore.Asked;
import org.keyward.signing.ParentAnswer;
import org.keyward.signing.ParentAnswers;
import org.xbill.DNS.Name;

/**
 * What each server of the parent shows of a zone: {@code keyward.parent_server}. A row is written
 * when what it shows has changed: there are many, and they are asked all day long.
 */
final class ParentServerTable {
  private ParentServerTable() {}

  static void shown(Handle handle, Asked zone, ParentAnswers answers, Instant now) {
    String parent = answers.parent().map(name -> NameText.of(name)).orElse("");
    forget(handle, zone.zoneId(), answers.all());
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
