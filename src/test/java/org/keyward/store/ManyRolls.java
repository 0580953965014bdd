package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.keyward.keyset.KeyRole;
import org.keyward.signing.RollLoop;
import org.keyward.signing.ZoneServers;

/**
 * Many zones whose ZSKs are being replaced, on a simulated clock: one was signed and planned by the
 * signer, and the others are copies of its rows.
 */
public final class ManyRolls implements AutoCloseable {
  /** Each roll is looked at within an hour; they do not all have the same moment. */
  private static final Duration LOOKED_AT_WITHIN = Duration.ofHours(1);

  /** No tick looks at more zones. */
  static final int PAGE = 64;

  private final RollWorld world = new RollWorld();
  private final RollLoop loop;

  /**
   * @param zones how many, of which each has a roll
   */
  public ManyRolls(int zones) throws Exception {
    world.command("start");
    world.tick();
    world.database.useTransaction(handle -> copy(handle, zones, world.time.now));
    world.database.jdbi().useHandle(handle -> handle.execute("VACUUM ANALYZE"));
    List<ZoneServers.Shown> shown = world.servers.stream().map(RollWorld.Server::shown).toList();
    loop = world.newLoop(asked -> shown);
    loop.tick(); // notes the clock, and the lifetimes
  }

  /** What comes with each row is what the copied one has: no trigger is needed. */
  private static void copy(Handle handle, int zones, Instant now) {
    handle.execute("SET LOCAL session_replication_role = replica");
    for (String sql : COPIES) {
      handle.execute(sql, zones);
    }
    handle.execute(
        """
        UPDATE keyward.roll SET look_at = to_timestamp(?) + make_interval(
          secs => ? * assignment_id::FLOAT8 / (SELECT max(assignment_id) FROM keyward.roll))
        """,
        now.getEpochSecond(),
        LOOKED_AT_WITHIN.toSeconds());
    for (String table : List.of("public.domains", "keyward.assignment", "keyward.zsk")) {
      handle
          .select(
              "SELECT setval(pg_get_serial_sequence(?, 'id'), (SELECT max(id) FROM " + table + "))",
              table)
          .mapTo(Long.class)
          .one();
    }
  }

  private static final List<String> COPIES =
      List.of(
          """
          INSERT INTO public.domains (id, name, type)
          SELECT d.id + i, 'z' || i || '.example', d.type
          FROM public.domains d, generate_series(1, ? - 1) i
          """,
          """
          INSERT INTO public.records (domain_id, name, type, content, ttl)
          SELECT r.domain_id + i, replace(r.name, 'example.com', 'z' || i || '.example'), r.type,
            r.content, r.ttl
          FROM public.records r, generate_series(1, ? - 1) i
          """,
          """
          INSERT INTO keyward.assignment (id, domain_id, zone, key_id, mode, state, validity, step,
            offset_before, runway, dnskey_ttl, planned_until, renews_at, assigned_at, assigned_by,
            reason)
          OVERRIDING SYSTEM VALUE
          SELECT a.id + i, a.domain_id + i, 'z' || i || '.example', a.key_id, a.mode, a.state,
            a.validity, a.step, a.offset_before, a.runway, a.dnskey_ttl, a.planned_until,
            a.renews_at, a.assigned_at, a.assigned_by, a.reason
          FROM keyward.assignment a, generate_series(1, ? - 1) i
          """,
          """
          INSERT INTO keyward.ksk (assignment_id, key_id, published_from, signs_from)
          SELECT k.assignment_id + i, k.key_id, k.published_from, k.signs_from
          FROM keyward.ksk k, generate_series(1, ? - 1) i
          """,
          """
          INSERT INTO keyward.zsk (id, assignment_id, algorithm, public_key, key_tag, sealed,
            published_from, published_until, signs_from, signs_until, unneeded_from)
          OVERRIDING SYSTEM VALUE
          SELECT z.id + 2 * i, z.assignment_id + i, z.algorithm, z.public_key, z.key_tag, z.sealed,
            z.published_from, z.published_until, z.signs_from, z.signs_until, z.unneeded_from
          FROM keyward.zsk z, generate_series(1, ? - 1) i
          """,
          """
          INSERT INTO keyward.signed_set (assignment_id, active_from, inception, expiration,
            signature, signed_at, ttl, zsks, ksks, signer)
          SELECT s.assignment_id + i, s.active_from, s.inception, s.expiration, s.signature,
            s.signed_at, s.ttl, ARRAY(SELECT z + 2 * i FROM unnest(s.zsks) z), s.ksks, s.signer
          FROM keyward.signed_set s, generate_series(1, ? - 1) i
          """,
          """
          INSERT INTO keyward.roll (assignment_id, role, old_key, new_key, phase, since, seen_at,
            pace, waits_for, waits_since, serial, dnskey_ttl, data_ttl, look_at, began_at, began_by,
            reason)
          SELECT r.assignment_id + i, r.role, r.old_key + 2 * i, r.new_key + 2 * i, r.phase, r.since,
            r.seen_at, r.pace, r.waits_for, r.waits_since, r.serial, r.dnskey_ttl, r.data_ttl,
            r.look_at, r.began_at, r.began_by, r.reason
          FROM keyward.roll r, generate_series(1, ? - 1) i
          """);

  /** The loop's next tick, so much later; gives how many zones it looked at. */
  public int tick(Duration later) {
    world.time.pass(later);
    return loop.tick();
  }

  /** Looks for zones whose turn has come, as each minute; gives how many there are. */
  public int lookAtLifetimes() {
    return Stream.of(KeyRole.values())
        .mapToInt(
            role ->
                new PostgresSigning(world.database, world.seal, "signer:test")
                    .rolls()
                    .lifetimesOver(role, List.of("t"), Map.of(), world.time.now, PAGE)
                    .size())
        .sum();
  }

  /** All rolls are over, and each zone has had its turn with a key that is young. */
  public void end() {
    world.database.useTransaction(
        handle -> {
          handle.execute("DELETE FROM keyward.roll");
          handle.execute(
              """
              UPDATE keyward.lifetime SET since = '2020-01-01 00:00:00+00', turn_at = ?,
                lifetime = 7862400 WHERE role = 'zsk'
              """,
              world.time.now.getEpochSecond());
        });
  }

  Database database() {
    return world.database;
  }

  Instant now() {
    return world.time.now;
  }

  @Override
  public void close() {
    loop.close();
    world.close();
  }
}
