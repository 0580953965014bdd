package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatements;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Findings on rolls read each table once for all zones; that they find what queries zone by zone
 * find, on random rows.
 */
@Tag("once")
class RollFactsTest {
  private static final int ZONES = 400;
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

  @Test
  void findsWhatIsFoundZoneByZone() {
    try (Database database = TestDatabase.create()) {
      database.useTransaction(
          handle -> {
            handle.getConfig(SqlStatements.class).setUnusedBindingAllowed(true);
            handle.execute("SET LOCAL session_replication_role = replica");
            handle.execute("SELECT setseed(0.24)");
            for (String sql : ROWS) {
              handle
                  .createUpdate(sql)
                  .bind("zones", ZONES)
                  .bind("now", NOW.getEpochSecond())
                  .execute();
            }
            same(handle, RollFacts.HELD, FORMER_HELD);
            same(handle, RollFacts.HELD_FOR_KSK, FORMER_HELD_FOR_KSK);
            same(handle, RollFacts.DIFFER, FORMER_DIFFER);
          });
    }
  }

  private static void same(Handle handle, String query, String former) {
    List<String> found = rows(handle, query, ZONES * 2);
    assertThat(found).hasSizeBetween(20, ZONES - 20).isEqualTo(rows(handle, former, ZONES * 2));
    assertThat(rows(handle, query, 10)).isEqualTo(found.subList(0, 10));
  }

  private static List<String> rows(Handle handle, String query, int limit) {
    return handle
        .createQuery(query)
        .bind("now", KeySetRows.at(NOW))
        .bind("limit", limit)
        .map(
            (row, context) ->
                row.getString("zone")
                    + ": "
                    + row.getString("detail")
                    + " "
                    + row.getTimestamp("since"))
        .list();
  }

  /**
   * Three ZSKs and three KSKs a zone, up to six windows of a day, each signed for up to two sets.
   */
  private static final List<String> ROWS =
      List.of(
          """
          INSERT INTO keyward.key (id, token_serial, token_name, label, cka_id, algorithm, public_key,
            key_tag)
          OVERRIDING SYSTEM VALUE SELECT i, 's' || i, 't', 'k' || i, '', 13, '\\x00', 100 * i
          FROM generate_series(1, 3) i
          """,
          """
          INSERT INTO keyward.assignment (id, domain_id, zone, key_id, mode, state, validity, step,
            offset_before, runway, dnskey_ttl, planned_until, renews_at, assigned_at, assigned_by,
            reason)
          OVERRIDING SYSTEM VALUE
          SELECT i, i, 'z' || lpad(i::TEXT, 4, '0') || '.example', 1, 'presigned',
            CASE WHEN random() < 0.1 THEN 'signing' ELSE 'signed' END, 1209600, 86400, 3600, 2592000,
            3600, 0, 0, to_timestamp(:now), 'test', ''
          FROM generate_series(1, :zones) i
          """,
          """
          INSERT INTO keyward.ksk (assignment_id, key_id, published_from, signs_from, unneeded_from)
          SELECT i, k, 0, 0, CASE WHEN random() < 0.2 THEN :now + (random() - 0.5) * 86400 END
          FROM generate_series(1, :zones) i, generate_series(1, 3) k
          """,
          """
          INSERT INTO keyward.zsk (id, assignment_id, algorithm, public_key, key_tag, sealed,
            published_from, signs_from, unneeded_from)
          OVERRIDING SYSTEM VALUE
          SELECT 3 * i + k, i, 13, '\\x00', 10 * i + k, '\\x00', 0, 0,
            CASE WHEN random() < 0.2 THEN :now + (random() - 0.5) * 86400 END
          FROM generate_series(1, :zones) i, generate_series(1, 3) k
          """,
          """
          INSERT INTO keyward.signed_set (assignment_id, active_from, inception, expiration, signature,
            signed_at, ttl, zsks, ksks, signer)
          SELECT i, :now + w * 86400, :now + w * 86400, :now + w * 86400 + 172801, '\\x00',
            to_timestamp(:now), 3600,
            CASE WHEN i % 3 = 0 OR random() < 0.8 THEN ARRAY[3 * i + 1] ELSE ARRAY[3 * i + 1,
              3 * i + 2 + (random())::INT] END,
            ARRAY[1, 1 + (random() * 2)::INT],
            CASE WHEN i % 2 = 0 OR random() < 0.6 THEN 1 ELSE 1 + (random() * 2)::INT END
          FROM generate_series(1, :zones) i, generate_series(-3, 2) w, generate_series(1, 2) twice
          WHERE random() < 0.8 ON CONFLICT DO NOTHING
          """,
          """
          INSERT INTO keyward.roll (assignment_id, role, old_key, new_key, phase, since, pace, held,
            waits_for, waits_since, serial, dnskey_ttl, data_ttl, look_at, began_at, began_by, reason)
          SELECT i, CASE WHEN i % 2 = 0 THEN 'zsk' ELSE 'ksk' END, 1, 2, 'entering',
            to_timestamp(:now), 'lazy', random() < 0.1,
            CASE WHEN random() < 0.2 THEN 'stock' ELSE 'servers' END,
            to_timestamp(:now - random() * 20000), 0, 0, 0, to_timestamp(:now), to_timestamp(:now),
            'test', ''
          FROM generate_series(1, :zones) i
          """,
          """
          INSERT INTO keyward.zone_server (assignment_id, address, zsks, ksks, signers, shown_since,
            asked_at, failing_since)
          SELECT i, '192.0.2.' || n, CASE WHEN random() < 0.9 THEN ARRAY[3 * i + 1] ELSE
              ARRAY[3 * i + 2] END,
            CASE WHEN random() < 0.9 THEN ARRAY[1] ELSE ARRAY[1, 2] END,
            CASE WHEN random() < 0.9 THEN ARRAY[3 * i + 1] ELSE '{}' END, to_timestamp(:now - n),
            to_timestamp(:now), CASE WHEN random() < 0.1 THEN to_timestamp(:now - 10 * n) END
          FROM generate_series(1, :zones) i, generate_series(1, 3) n
          """);

  private static final String FORMER_DIFFER =
      """
      SELECT a.zone, string_agg(z.address || CASE WHEN z.failing_since IS NOT NULL
            THEN ' does not answer' ELSE ' has ' || array_to_string(CASE r.role
              WHEN 'ksk' THEN ARRAY(SELECT k.key_tag FROM keyward.key k WHERE k.id = ANY (z.ksks)
                ORDER BY k.id)
              ELSE ARRAY(SELECT k.key_tag FROM keyward.zsk k WHERE k.id = ANY (z.zsks)
                ORDER BY k.id) END, ' ') END,
          ', ' ORDER BY z.address) AS detail,
        min(coalesce(z.failing_since, z.shown_since)) AS since
      FROM keyward.zone_server z JOIN keyward.assignment a ON a.id = z.assignment_id
      JOIN keyward.roll r ON r.assignment_id = a.id
      WHERE r.waits_for = 'servers' AND NOT r.held AND r.waits_since < :now - INTERVAL '1 hour'
      GROUP BY a.zone, r.role
      HAVING count(DISTINCT (z.ksks, z.zsks, z.signers)) > 1 OR bool_or(z.failing_since IS NOT NULL)
      ORDER BY a.zone LIMIT :limit
      """;

  private static final String FORMER_HELD =
      """
      SELECT a.zone, 'ZSK ' || string_agg(z.key_tag::TEXT, ', ' ORDER BY z.id) AS detail,
        to_timestamp(max(f.expiration)) AS since
      FROM keyward.assignment a
      JOIN keyward.zsk z ON z.assignment_id = a.id
        AND coalesce(z.unneeded_from > extract(epoch FROM :now::TIMESTAMPTZ), true),
      LATERAL (SELECT s.zsks FROM keyward.signed_set s WHERE s.assignment_id = a.id
          AND s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)
          AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)
        ORDER BY s.active_from DESC, s.stored DESC LIMIT 1) l,
      LATERAL (SELECT max(s.expiration) AS expiration FROM keyward.signed_set s
        WHERE s.assignment_id = a.id AND z.id = ANY (s.zsks)
          AND s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)
          AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)) f
      WHERE a.state IN ('signed', 'leaving') AND NOT z.id = ANY (l.zsks) AND f.expiration IS NOT NULL
        AND a.id IN (SELECT m.assignment_id FROM keyward.zsk m GROUP BY 1 HAVING count(*) > 1)
      GROUP BY a.zone ORDER BY a.zone LIMIT :limit
      """;

  private static final String FORMER_HELD_FOR_KSK =
      """
      SELECT a.zone, 'KSK ' || string_agg(DISTINCT k.key_tag::TEXT, ', ') AS detail,
        to_timestamp(max(f.expiration)) AS since
      FROM keyward.assignment a
      JOIN keyward.ksk z ON z.assignment_id = a.id
        AND coalesce(z.unneeded_from > extract(epoch FROM :now::TIMESTAMPTZ), true)
      JOIN keyward.key k ON k.id = z.key_id,
      LATERAL (SELECT s.active_from, s.zsks, s.ksks FROM keyward.signed_set s
          WHERE s.assignment_id = a.id AND s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)
          AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)
        ORDER BY s.active_from DESC, s.stored DESC LIMIT 1) l,
      LATERAL (SELECT max(s.expiration) AS expiration FROM keyward.signed_set s
        WHERE s.assignment_id = a.id AND s.signer = z.key_id
          AND s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)
          AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)) f
      WHERE a.state IN ('signed', 'leaving') AND f.expiration IS NOT NULL
        AND NOT EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = a.id
          AND (s.active_from, s.zsks, s.ksks) = (l.active_from, l.zsks, l.ksks)
          AND s.signer = z.key_id)
        AND a.id IN (SELECT m.assignment_id FROM keyward.ksk m GROUP BY 1 HAVING count(*) > 1)
      GROUP BY a.zone ORDER BY a.zone LIMIT :limit
      """;
}
