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
