package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.FindingStore.Asked;
import org.keyward.signing.ParentVerdict;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/**
 * What parents have of zones, {@code keyward.parent_view}, and of which zones somebody wants to
 * know it now, {@code keyward.parent_question}.
 */
final class ParentTable {
  /** Assignments that say with which keys a zone is signed, or was lately. */
  private static final String HAS_A_KEY =
      """
      EXISTS (SELECT FROM keyward.assignment a WHERE a.domain_id = d.id AND a.state <> 'signing'
        AND (a.ended_at IS NULL OR a.ended_at > now() - INTERVAL '30 days' OR a.mode = 'powerdns'))
      """;

  private ParentTable() {}

  static long zonesToAsk(Handle handle) {
    return handle
        .createQuery("SELECT count(*) FROM public.domains d WHERE " + HAS_A_KEY)
        .mapTo(Long.class)
        .one();
  }

  static List<Asked> toAsk(Handle handle, Instant now, Duration age, Duration sooner, int limit) {
    return handle
        .createQuery(
            """
            SELECT d.id, d.name, NOT EXISTS (SELECT FROM keyward.assignment a
                JOIN keyward.roll r ON r.assignment_id = a.id AND r.role = 'ksk'
                WHERE a.domain_id = d.id)
              AND NOT EXISTS (SELECT FROM keyward.assignment a
                WHERE a.domain_id = d.id AND a.state IN ('signed', 'leaving')
                  AND coalesce(a.mode_since, a.assigned_at) + make_interval(secs => a.dnskey_ttl)
                    > :now) AS settled
            FROM public.domains d
            LEFT JOIN keyward.parent_view v ON v.domain_id = d.id
            LEFT JOIN keyward.parent_question q ON q.domain_id = d.id
            WHERE (q.wanted_at > greatest(v.checked_at, q.failed_at)
                OR q.wanted_at IS NOT NULL AND v.checked_at IS NULL AND q.failed_at IS NULL
                OR (q.failed_at IS NULL OR q.failed_at < :sooner) AND (v.checked_at IS NULL
                  OR v.checked_at < :before OR v.verdict <> 'fits' AND v.checked_at < :sooner))
              AND (q.wanted_at > coalesce(v.checked_at, '-infinity') OR
            """
                + HAS_A_KEY
                + """
                )
                ORDER BY q.wanted_at > coalesce(greatest(v.checked_at, q.failed_at), '-infinity')
                  DESC NULLS LAST, greatest(v.checked_at, q.failed_at) NULLS FIRST LIMIT :limit
                """)
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .bind("before", now.minus(age).atOffset(ZoneOffset.UTC))
        .bind("sooner", now.minus(sooner).atOffset(ZoneOffset.UTC))
        .bind("limit", limit)
        .map((row, context) -> asked(handle, row))
        .list()
        .stream()
        .filter(Objects::nonNull)
        .toList();
  }

  private static Asked asked(Handle handle, ResultSet row) throws SQLException {
    int id = row.getInt("id");
    boolean settled = row.getBoolean("settled");
    Optional<Name> zone = StoredNames.parse(row.getString("name"));
    return zone.map(name -> new Asked(id, name, keys(handle, id, name), settled)).orElse(null);
  }

  /**
   * Those that PowerDNS has from Keyward stay the zone's when it signs with them itself. While the
   * KSK is replaced, the DS of either may be there.
   */
  private static List<DNSKEYRecord> keys(Handle handle, int zoneId, Name zone) {
    return handle
        .createQuery(
            """
            SELECT k.* FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id OR k.id IN (
              SELECT unnest(ARRAY[r.old_key, r.new_key]) FROM keyward.roll r
              WHERE r.assignment_id = a.id AND r.role = 'ksk'
                AND r.phase IN ('published', 'submitted', 'retiring'))
            WHERE a.domain_id = :zone AND (a.state IN ('signed', 'leaving')
              OR a.mode = 'powerdns' AND NOT EXISTS (SELECT FROM keyward.assignment l
                  WHERE l.domain_id = a.domain_id AND l.id > a.id)
                AND EXISTS (SELECT FROM keyward.powerdns_keys c
                  WHERE c.domain_id = a.domain_id AND c.flags = 257 AND c.active))
            """)
        .bind("zone", zoneId)
        .map((row, context) -> KeyRows.ksk(zone, FindingFacts.key(row)))
        .list();
  }

  static void seen(Handle handle, int zoneId, ParentVerdict verdict, Instant now) {
    handle.execute(
        """
        INSERT INTO keyward.parent_view (domain_id, verdict, detail, checked_at)
        SELECT id, ?, ?, ? FROM public.domains WHERE id = ?
        ON CONFLICT (domain_id) DO UPDATE SET verdict = excluded.verdict,
          detail = excluded.detail, checked_at = excluded.checked_at
        """,
        verdict.word().name().toLowerCase(Locale.ROOT),
        verdict.detail(),
        now.atOffset(ZoneOffset.UTC),
        zoneId);
    lookAtRolls(handle, zoneId, verdict, now);
    handle.execute(
        "UPDATE keyward.parent_question SET failed_at = NULL, failure = NULL WHERE domain_id = ?",
        zoneId);
  }

  /** Asks what the parent of a zone with a roll has. */
  static void want(Handle handle, int assignmentId, Instant now) {
    handle.execute(
        """
        INSERT INTO keyward.parent_question (domain_id, wanted_at)
        SELECT domain_id, ? FROM keyward.assignment WHERE id = ? AND domain_id IS NOT NULL
        ON CONFLICT (domain_id) DO UPDATE SET wanted_at = excluded.wanted_at
        """,
        now.atOffset(ZoneOffset.UTC),
        assignmentId);
  }

  /** What a parent shows may let a roll go on, or bring a former KSK back. */
  private static void lookAtRolls(Handle handle, int zoneId, ParentVerdict verdict, Instant now) {
    handle
        .createUpdate(
            """
            UPDATE keyward.roll r SET look_at = least(r.look_at, :now) FROM keyward.assignment a
            WHERE a.id = r.assignment_id AND a.domain_id = :zone AND r.role = 'ksk'
              AND r.phase IN ('submitted', 'retiring', 'leaving', 'forgotten')
            """)
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .bind("zone", zoneId)
        .execute();
    if (verdict.word() != ParentVerdict.Word.FITS) {
      handle
          .createUpdate(
              """
              UPDATE keyward.ksk s SET look_at = :now FROM keyward.assignment a
              WHERE a.id = s.assignment_id AND a.domain_id = :zone AND a.state = 'signed'
                AND s.key_id <> a.key_id AND NOT EXISTS (SELECT FROM keyward.roll r
                  WHERE r.assignment_id = a.id AND r.role = 'ksk')
              """)
          .bind("now", now.atOffset(ZoneOffset.UTC))
          .bind("zone", zoneId)
          .execute();
    }
  }

  static void unanswered(Handle handle, int zoneId, String why, Instant now) {
    handle.execute(
        """
        INSERT INTO keyward.parent_question (domain_id, wanted_at, failed_at, failure)
        SELECT id, ?, ?, ? FROM public.domains WHERE id = ?
        ON CONFLICT (domain_id) DO UPDATE
        SET failed_at = excluded.failed_at, failure = excluded.failure
        """,
        now.atOffset(ZoneOffset.UTC),
        now.atOffset(ZoneOffset.UTC),
        why,
        zoneId);
  }
}
