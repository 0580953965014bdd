package org.keyward.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.keyset.KeyRole;
import org.xbill.DNS.Name;

/** What people see of rolls. Thread-safe. */
public final class RollViews {
  private static final String ROLLS =
      """
      SELECT r.*, (SELECT c.jump FROM keyward.roll_clock c) AS jump,
        (SELECT c.stopped_until FROM keyward.roll_clock c) AS stopped_until
      FROM keyward.rolls r\
      """;

  private final Database database;

  public RollViews(Database database) {
    this.database = database;
  }

  /** Rows of the view {@code keyward.rolls}, each with why rolls stand still, if they do. */
  public List<Map<String, Object>> rolls() {
    return database.inSnapshot(
        handle -> Rows.of(handle.createQuery(ROLLS + " ORDER BY r.zone, r.role")));
  }

  /** The roll of a zone; empty when there is none. */
  public List<Map<String, Object>> roll(Name zone) {
    return of(ROLLS + " WHERE r.zone = ANY(:names) ORDER BY r.role", zone);
  }

  /**
   * Why keys of a role are not replaced in the state and mode that a zone has, to be read after its
   * name; empty when they are.
   */
  public Optional<String> obstacle(Name zone, KeyRole role) {
    return database.inSnapshot(
        handle -> RollObstacles.of(handle, zone, KeySetRows.find(handle, zone), role));
  }

  /** Of a zone for which Keyward uses no key, to be read after its name: who replaces its keys. */
  public String withoutKey(Name zone) {
    return database.inSnapshot(handle -> RollObstacles.withoutKey(handle, zone));
  }

  public List<Map<String, Object>> keys(Name zone) {
    return of(
        """
        SELECT role, key_tag, algorithm, label, state, published_from, published_until, signs_from,
          signs_until
        FROM keyward.key_states WHERE zone = ANY(:names) ORDER BY role, key_id
        """,
        zone);
  }

  /** What each server of the parent shows. */
  public List<Map<String, Object>> parentServers(Name zone) {
    return of(
        "SELECT * FROM keyward.parent_servers WHERE zone = ANY(:names) ORDER BY server, address",
        zone);
  }

  /** Of a zone whose parent is to get another DS: which. */
  public List<Map<String, Object>> dsDue(Name zone) {
    return of("SELECT * FROM keyward.ds_due WHERE zone = ANY(:names)", zone);
  }

  /** The DS records that parents are to get now. */
  public List<Map<String, Object>> dsDue() {
    return database.inSnapshot(
        handle -> Rows.of(handle.createQuery("SELECT * FROM keyward.ds_due ORDER BY zone")));
  }

  /**
   * The same as a person hands them in: each DS by itself, that of the new key to be added, and
   * those that the parent was seen to have of the old one to be removed; of a parent that nobody
   * has asked, the one with SHA-256. Without those that Keyward writes.
   */
  public List<Map<String, Object>> dsByHand() {
    return database.inSnapshot(
        handle ->
            Rows.of(
                handle.createQuery(
                    """
                    WITH due AS (
                      SELECT a.domain_id, d.zone, d.parent, d.since, d.old_tag, k.algorithm,
                        regexp_replace(d.record, '^.* IN DS ', '') AS ds, upper(encode(sha256(
                          keyward.wire_name(a.zone) || decode('010103', 'hex')
                          || set_byte(decode('00', 'hex'), 0, k.algorithm) || k.public_key), 'hex')) AS digest
                      FROM keyward.ds_due d
                      JOIN keyward.assignment a ON a.zone = d.zone AND a.state <> 'ended'
                      JOIN keyward.roll r ON r.assignment_id = a.id AND r.role = 'ksk'
                      JOIN keyward.key k ON k.id = r.old_key WHERE NOT d.written)
                    SELECT w.zone, w.parent, split_part(w.ds, ' ', 1)::INT AS key_tag,
                      split_part(w.ds, ' ', 2)::INT AS algorithm,
                      split_part(w.ds, ' ', 3)::INT AS digest_type, split_part(w.ds, ' ', 4) AS digest,
                      w.action, w.since
                    FROM (
                      SELECT zone, parent, ds, 'add' AS action, since FROM due
                      UNION
                      SELECT d.zone, d.parent, t.ds, 'remove', d.since FROM due d
                      JOIN keyward.parent_servers s ON s.zone = d.zone, unnest(s.ds) t (ds)
                      WHERE t.ds LIKE d.old_tag || ' ' || d.algorithm || ' %'
                      UNION
                      SELECT d.zone, d.parent, concat_ws(' ', d.old_tag, d.algorithm, 2, d.digest),
                        'remove', d.since FROM due d
                      WHERE NOT EXISTS (SELECT FROM keyward.parent_servers s WHERE s.zone = d.zone)) w
                    ORDER BY w.zone, w.action, w.ds
                    """)));
  }

  public List<Map<String, Object>> servers(Name zone) {
    return of("SELECT * FROM keyward.zone_servers WHERE zone = ANY(:names) ORDER BY address", zone);
  }

  /** The oldest first. */
  public List<Map<String, Object>> history(Name zone) {
    return of("SELECT * FROM keyward.roll_history WHERE zone = ANY(:names) ORDER BY id", zone);
  }

  private List<Map<String, Object>> of(String query, Name zone) {
    return database.inSnapshot(
        handle ->
            Rows.of(
                handle
                    .createQuery(query)
                    .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))));
  }
}
