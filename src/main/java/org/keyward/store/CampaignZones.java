package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.NoSuchThingException;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.Campaign;
import org.keyward.keyset.Campaign.Progress;
import org.keyward.keyset.KeyRole;
import org.xbill.DNS.Name;

/** The zones of a KSK that are to get another, as they are now. Writes nothing. Thread-safe. */
public final class CampaignZones {
  private final Database database;

  public CampaignZones(Database database) {
    this.database = database;
  }

  /** A key on a token, as people name it. */
  public record Named(String token, String label) {
    @Override
    public String toString() {
      return token + "/" + label;
    }
  }

  /**
   * A zone.
   *
   * @param leftOut why its key is not replaced, to be read after its name, with the way round;
   *     empty when it is, or has been
   * @param trouble the finding for which no other zone is to begin now
   */
  public record Found(
      int assignmentId,
      Name zone,
      Progress progress,
      Optional<String> leftOut,
      Optional<String> trouble) {
    /** In this wave. */
    public Campaign.Zone in(int wave) {
      return new Campaign.Zone(assignmentId, wave, progress, trouble);
    }
  }

  /** By name: those that have the old key, and those that have got the new one in its place. */
  public List<Found> of(Named old, Named next) {
    return database.inSnapshot(
        handle -> {
          if (!isSeen(handle, next)) {
            throw new NoSuchThingException(
                "no signer has seen a key "
                    + next
                    + "; 'keyward key list' shows those that there are, 'keyward key generate "
                    + next.token()
                    + " "
                    + next.label()
                    + "' makes one");
          }
          return handle
              .createQuery(ZONES)
              .bind("old_token", old.token())
              .bind("old_label", old.label())
              .bind("token", next.token())
              .bind("label", next.label())
              .map((row, context) -> found(row, next))
              .list();
        });
  }

  private static boolean isSeen(Handle handle, Named key) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT FROM keyward.token_key WHERE token_name = ? AND label = ?)")
        .bind(0, key.token())
        .bind(1, key.label())
        .mapTo(Boolean.class)
        .one();
  }

  private static final String ZONES =
      """
      WITH old AS (
        SELECT k.id FROM keyward.key k WHERE k.token_name = :old_token AND k.label = :old_label),
      next AS (
        SELECT t.algorithm, t.key_tag, (SELECT k.id FROM keyward.key k
          WHERE (k.token_serial, k.algorithm, k.public_key)
            = (t.token_serial, t.algorithm, t.public_key)) AS id
        FROM keyward.token_key t WHERE t.token_name = :token AND t.label = :label LIMIT 1)
      SELECT z.*, n.key_tag AS next_tag, n.algorithm AS next_algorithm, z.key_id = n.id AS has_next,
        r.assignment_id IS NOT NULL AS rolls, n.id IN (r.old_key, r.new_key)
          OR EXISTS (SELECT FROM keyward.request q WHERE q.zone = z.zone AND q.kind = 'roll'
            AND q.token = :token AND q.key_label = :label
            AND q.state IN ('waiting', 'queued', 'started')) AS rolls_here,
        EXISTS (SELECT FROM keyward.ksk s WHERE s.assignment_id = z.id AND s.key_id = n.id
          AND s.published_from IS NOT NULL) AS had_next,
        EXISTS (SELECT FROM keyward.zsk s WHERE s.assignment_id = z.id
          AND s.key_tag = n.key_tag) AS tag_of_zsk,
        (SELECT f.kind || ' of ' || f.subject || ': ' || f.message FROM keyward.finding f
          WHERE f.subject = z.zone AND f.ended_at IS NULL
            AND (f.severity = 'critical' OR f.kind = 'roll-stuck') ORDER BY f.id LIMIT 1) AS trouble
      FROM (%s WHERE a.state <> 'ended' AND a.domain_id IS NOT NULL) z CROSS JOIN next n
      LEFT JOIN keyward.roll r ON r.assignment_id = z.id AND r.role = 'ksk'
      WHERE z.key_id IN (SELECT o.id FROM old o) OR z.key_id = n.id AND EXISTS (
        SELECT FROM keyward.ksk s WHERE s.assignment_id = z.id
          AND s.key_id IN (SELECT o.id FROM old o))
      ORDER BY z.zone
      """
          .formatted(KeySetRows.ASSIGNMENT);

  private static Found found(ResultSet row, Named next) throws SQLException {
    KeySetRows.Zone zone = KeySetRows.zone(row);
    boolean rolling = row.getBoolean("rolls_here");
    Optional<String> leftOut =
        rolling || row.getBoolean("has_next") ? Optional.empty() : leftOut(row, zone, next);
    Progress progress =
        rolling
            ? Progress.ROLLING
            : row.getBoolean("has_next") || leftOut.isPresent() ? Progress.OVER : Progress.WAITING;
    return new Found(
        zone.id(),
        zone.origin(),
        progress,
        leftOut,
        Optional.ofNullable(row.getString("trouble")).filter(any -> progress != Progress.OVER));
  }

  private static Optional<String> leftOut(ResultSet row, KeySetRows.Zone zone, Named next)
      throws SQLException {
    Optional<String> obstacle = RollObstacles.of(zone, KeyRole.KSK);
    if (obstacle.isPresent()) {
      return obstacle;
    }
    String name = NameText.of(zone.origin());
    if (row.getBoolean("rolls")) {
      return Optional.of(
          ": its KSK is being replaced by another already; 'keyward roll show "
              + name
              + "' says how far");
    }
    if (row.getBoolean("had_next")) {
      return Optional.of(
          ": its roll to this key was cancelled; 'keyward roll start "
              + name
              + " ksk --to "
              + next
              + "' begins it anew");
    }
    if (row.getInt("next_algorithm") != row.getInt("ksk_algorithm")) {
      return Optional.of(": the new key is of another algorithm");
    }
    return row.getBoolean("tag_of_zsk")
        ? Optional.of(
            ": a ZSK of it has the key tag "
                + row.getInt("next_tag")
                + " of the new key; where that ZSK signs, 'keyward roll start "
                + name
                + " zsk' replaces it, and another new KSK is needed until it is forgotten")
        : Optional.empty();
  }
}
