package org.keyward.store;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySet;
import org.keyward.keyset.Roll;
import org.keyward.keyset.RollPhase;
import org.keyward.keyset.Span;
import org.keyward.keyset.Waiting;
import org.keyward.keyset.ZoneKey;
import org.keyward.signing.PaceText;

/** Rolls that are under way: {@code keyward.roll}, and their history. */
final class RollTable {
  private RollTable() {}

  static String word(Enum<?> of) {
    return of.name().toLowerCase(Locale.ROOT);
  }

  /** Of these assignments those with a roll, which are locked. */
  static List<Integer> lockRolling(Handle handle, List<Integer> assignmentIds) {
    return assignmentIds.isEmpty()
        ? List.of()
        : handle
            .createQuery(
                """
                SELECT assignment_id FROM keyward.roll WHERE assignment_id = ANY(:ids)
                ORDER BY assignment_id FOR UPDATE
                """)
            .bindArray("ids", Integer.class, assignmentIds.toArray())
            .mapTo(Integer.class)
            .list()
            .stream()
            .distinct()
            .toList();
  }

  /** What is stored now is with a server when it shows the serial as it is now. */
  static void noteSerials(Handle handle, List<Integer> assignmentIds, Instant now) {
    if (!assignmentIds.isEmpty()) {
      handle
          .createQuery("SELECT 1 FROM keyward.note_roll_serials(:ids, :now)")
          .bindArray("ids", Integer.class, assignmentIds.toArray())
          .bind("now", now.atOffset(ZoneOffset.UTC))
          .mapTo(Integer.class)
          .list();
    }
  }

  static List<Integer> due(Handle handle, Instant now, int limit) {
    return handle
        .createQuery(
            """
            SELECT l.id FROM (
              (SELECT assignment_id AS id, look_at FROM keyward.roll WHERE look_at <= :now
                ORDER BY look_at LIMIT :limit)
              UNION ALL
              (SELECT assignment_id, look_at FROM keyward.ksk WHERE look_at <= :now
                ORDER BY look_at LIMIT :limit)) l
            ORDER BY l.look_at LIMIT :limit
            """)
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .bind("limit", limit)
        .mapTo(Integer.class)
        .list()
        .stream()
        .distinct()
        .toList();
  }

  /** Rolls of these assignments, by assignment. */
  static Map<Integer, List<Roll>> of(Handle handle, Object... assignmentIds) {
    return handle
        .createQuery("SELECT * FROM keyward.roll WHERE assignment_id = ANY(:ids)")
        .bindArray("ids", Integer.class, assignmentIds)
        .map((row, context) -> Map.entry(row.getInt("assignment_id"), roll(row)))
        .stream()
        .collect(groupingBy(Map.Entry::getKey, mapping(Map.Entry::getValue, toList())));
  }

  private static Roll roll(ResultSet row) throws SQLException {
    KeyRole role = KeyRole.valueOf(row.getString("role").toUpperCase(Locale.ROOT));
    return new Roll(
        role,
        id(role, row.getInt("old_key")),
        id(role, row.getInt("new_key")),
        RollPhase.valueOf(row.getString("phase").toUpperCase(Locale.ROOT)),
        row.getObject("since", OffsetDateTime.class).toInstant(),
        Optional.ofNullable(row.getObject("seen_at", OffsetDateTime.class))
            .map(OffsetDateTime::toInstant),
        PaceText.parse(row.getString("pace")),
        row.getBoolean("held"));
  }

  /** Ids of KSKs, which are of another table than those of ZSKs, are negative in a key set. */
  private static int id(KeyRole role, int id) {
    return role == KeyRole.KSK ? -id : id;
  }

  /**
   * Saves what has changed of keys and rolls.
   *
   * @return whether what is to be served has changed
   */
  static boolean save(
      Handle handle, int assignmentId, KeySet before, KeySet after, Begun begun, Instant now) {
    boolean keysChanged = false;
    for (ZoneKey key : after.keys()) {
      if (!before.keys().contains(key)) {
        save(handle, assignmentId, key);
        keysChanged = true;
      }
    }
    keysChanged |= named(handle, assignmentId, after);
    for (Roll roll : before.rolls()) {
      if (after.roll(roll.role()).isEmpty()) {
        handle.execute(
            "DELETE FROM keyward.roll WHERE assignment_id = ? AND role = ?",
            assignmentId,
            word(roll.role()));
      }
    }
    for (Roll roll : after.rolls()) {
      if (!before.rolls().contains(roll)) {
        save(handle, assignmentId, roll, begun, now);
      }
    }
    return keysChanged;
  }

  private static void save(Handle handle, int assignmentId, ZoneKey key) {
    handle.execute(
        key.role() == KeyRole.ZSK
            ? """
            UPDATE keyward.zsk SET published_from = ?, published_until = ?, signs_from = ?,
              signs_until = ?, unneeded_from = ? WHERE assignment_id = ? AND id = ?
            """
            : """
            UPDATE keyward.ksk SET published_from = ?, published_until = ?, signs_from = ?,
              signs_until = ?, unneeded_from = ? WHERE assignment_id = ? AND key_id = ?
            """,
        from(key.published()),
        until(key.published()),
        from(key.signs()),
        until(key.signs()),
        key.unneededFrom().map(Instant::getEpochSecond).orElse(null),
        assignmentId,
        id(key.role(), key.id()));
  }

  /**
   * The KSK whose DS the parent is to have, from when it is asked for it on: CDS and CDNSKEY name
   * it.
   *
   * @return whether it is another now
   */
  private static boolean named(Handle handle, int assignmentId, KeySet keys) {
    return keys.roll(KeyRole.KSK)
        .map(
            roll ->
                switch (roll.phase()) {
                  case ENTERING, PUBLISHED -> roll.oldKey();
                  case SUBMITTED, SWITCHING, RETIRING, LEAVING, FORGOTTEN -> roll.newKey();
                })
        .filter(
            key ->
                handle.execute(
                        "UPDATE keyward.assignment SET key_id = ? WHERE id = ? AND key_id <> ?",
                        -key,
                        assignmentId,
                        -key)
                    > 0)
        .isPresent();
  }

  /** {@link Span#none} is null in the database. */
  private static Long from(Span span) {
    return span.equals(Span.none()) ? null : (Long) span.from().getEpochSecond();
  }

  private static Long until(Span span) {
    return span.equals(Span.none()) ? null : span.until().map(Instant::getEpochSecond).orElse(null);
  }

  /** Who begins a roll that is not there yet, and why. */
  record Begun(String actor, String reason) {}

  private static void save(Handle handle, int assignmentId, Roll roll, Begun begun, Instant now) {
    handle
        .createUpdate(
            """
            INSERT INTO keyward.roll (assignment_id, role, old_key, new_key, phase, since, seen_at,
              pace, held, waits_for, waits_since, serial, dnskey_ttl, data_ttl, look_at, began_at,
              began_by, reason)
            VALUES (:id, :role, :old, :new, :phase, :since, :seen, :pace, :held, 'signer', :now, 0, 0,
              0, :now, :now, :actor, :reason)
            ON CONFLICT (assignment_id, role) DO UPDATE SET old_key = excluded.old_key,
              new_key = excluded.new_key, phase = excluded.phase, since = excluded.since,
              seen_at = excluded.seen_at, pace = excluded.pace, held = excluded.held,
              waits_for = 'signer', waits_until = NULL, waits_since = excluded.waits_since,
              look_at = excluded.look_at
            """)
        .bind("id", assignmentId)
        .bind("role", word(roll.role()))
        .bind("old", id(roll.role(), roll.oldKey()))
        .bind("new", id(roll.role(), roll.newKey()))
        .bind("phase", word(roll.phase()))
        .bind("since", roll.since().atOffset(ZoneOffset.UTC))
        .bind("seen", roll.seen().map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null))
        .bind("pace", roll.pace().toString())
        .bind("held", roll.held())
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .bind("actor", begun.actor())
        .bind("reason", begun.reason())
        .execute();
  }

  /** Notes why a roll stays where it is. */
  static void waits(Handle handle, int assignmentId, Waiting waiting, Instant lookAt, Instant now) {
    handle
        .createUpdate(
            """
            UPDATE keyward.roll SET waits_for = :what, waits_until = :until, look_at = :look,
              waits_since = CASE WHEN waits_for = :what THEN waits_since ELSE :now END
            WHERE assignment_id = :id AND role = :role
            """)
        .bind("what", word(waiting.what()))
        .bind("until", waiting.until().map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null))
        .bind("look", lookAt.atOffset(ZoneOffset.UTC))
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .bind("id", assignmentId)
        .bind("role", word(waiting.roll().role()))
        .execute();
  }

  /** Looks at it again then, whatever it waits for. */
  static void postpone(Handle handle, int assignmentId, Instant until) {
    handle.execute(
        "UPDATE keyward.roll SET look_at = ? WHERE assignment_id = ?",
        until.atOffset(ZoneOffset.UTC),
        assignmentId);
  }

  /** A row of the history. */
  record Happened(
      Roll roll, Optional<RollPhase> from, Optional<RollPhase> to, String actor, String detail) {}

  static void tell(
      Handle handle, int assignmentId, String zone, KeySet keys, Happened event, Instant now) {
    handle.execute(
        """
        INSERT INTO keyward.roll_event (at, assignment_id, zone, role, old_tag, new_tag, phase,
          next_phase, actor, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        now.atOffset(ZoneOffset.UTC),
        assignmentId,
        zone,
        word(event.roll().role()),
        keys.key(event.roll().oldKey()).tag(),
        keys.key(event.roll().newKey()).tag(),
        event.from().map(RollTable::word).orElse(null),
        event.to().map(RollTable::word).orElse(null),
        event.actor(),
        event.detail());
  }
}
