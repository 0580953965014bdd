package org.keyward.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.check.ZoneFacts;
import org.xbill.DNS.Name;

/** What a check of a zone needs to know beside its records. Thread-safe. */
public final class ZoneSurroundings {
  private final Database database;
  private final PostgresZones zones;

  public ZoneSurroundings(Database database, PostgresZones zones) {
    this.database = database;
    this.zones = zones;
  }

  /** The closest zone above, with what it has at the zone's name. */
  public Optional<ZoneFacts.Parent> parent(Name zone) {
    return database
        .inTransaction(handle -> closest(handle, ancestors(zone)))
        .flatMap(this::named)
        .map(
            parent ->
                new ZoneFacts.Parent(parent.name(), zones.recordsAt(parent.id(), Set.of(zone))));
  }

  /** Whether the database itself holds a DS for this zone, in a parent zone. */
  public boolean parentHasDs(Name zone) {
    return database.inTransaction(handle -> parentHasDs(handle, zone));
  }

  static boolean parentHasDs(Handle handle, Name zone) {
    return handle
        .createQuery(
            """
            SELECT EXISTS (SELECT FROM public.records
              WHERE type = 'DS' AND name = ANY(:names) AND NOT coalesce(disabled, false))
            """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .mapTo(Boolean.class)
        .one();
  }

  /** Whether PowerDNS signs it with keys of its own. */
  public boolean isSignedByPowerDns(Name zone) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT EXISTS (SELECT FROM public.domains d
                      JOIN public.cryptokeys c ON c.domain_id = d.id
                      WHERE d.name = ANY(:names) AND c.active)
                    """)
                .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
                .mapTo(Boolean.class)
                .one());
  }

  /** The label of the key that Keyward signs the zone with and resolvers know it by. */
  public Optional<String> servedKey(Name zone) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT k.label FROM public.domains d
                    JOIN keyward.assignment a ON a.domain_id = d.id
                    JOIN keyward.key k ON k.id = a.key_id
                    WHERE d.name = ANY(:names) AND a.state IN ('signed', 'leaving')
                    """)
                .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
                .mapTo(String.class)
                .findFirst());
  }

  private static String[] ancestors(Name zone) {
    List<String> names = new ArrayList<>();
    for (Name at = zone; at.labels() > 1; ) {
      at = new Name(at, 1);
      names.addAll(List.of(StoredNames.spellings(at)));
    }
    return names.toArray(String[]::new);
  }

  private record Stored(int id, String text) {}

  private record Named(int id, Name name) {}

  private static Optional<Stored> closest(Handle handle, String[] names) {
    return handle
        .createQuery(
            """
            SELECT id, name FROM public.domains WHERE name = ANY(:names)
            ORDER BY length(name) DESC LIMIT 1
            """)
        .bindArray("names", String.class, (Object[]) names)
        .map((row, context) -> new Stored(row.getInt("id"), row.getString("name")))
        .findFirst();
  }

  private Optional<Named> named(Stored stored) {
    return StoredNames.parse(stored.text()).map(name -> new Named(stored.id(), name));
  }

  /** Zones that nobody can ask for, since their names are none; as they are stored. */
  public List<String> unreadableZones() {
    return database.inTransaction(
        handle ->
            handle
                .createQuery("SELECT name FROM public.domains ORDER BY id")
                .setFetchSize(10_000)
                .mapTo(String.class)
                .stream()
                .filter(name -> StoredNames.parse(name).isEmpty())
                .toList());
  }

  /** Why a server could not load the zone, as it reported; empty when all could. */
  public List<RecordProblem> notLoaded(int zoneId) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT name, type, content, reason FROM keyward.problem
                    WHERE domain_id = ? AND type = ?
                    """)
                .bind(0, zoneId)
                .bind(1, RecordProblem.ZONE)
                .map(
                    (row, context) ->
                        new RecordProblem(
                            row.getString("name"),
                            row.getString("type"),
                            row.getString("content"),
                            row.getString("reason")))
                .list());
  }

  /** Rows that cannot even be read: their names are no names, or they have no content. */
  public List<RecordProblem> unreadable(int zoneId) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT name, type, content FROM public.records
                    WHERE domain_id = ? AND NOT coalesce(disabled, false)
                      AND coalesce(type, '') NOT IN ('', 'TYPE0') ORDER BY id
                    """)
                .bind(0, zoneId)
                .setFetchSize(10_000)
                .map(
                    (row, context) ->
                        problem(
                            row.getString("name"), row.getString("type"), row.getString("content")))
                .stream()
                .flatMap(Optional::stream)
                .toList());
  }

  private static Optional<RecordProblem> problem(String name, String type, String content) {
    String text = String.valueOf(name);
    if (StoredNames.parse(name).isEmpty()) {
      return Optional.of(
          new RecordProblem(text, type, String.valueOf(content), "its name is no domain name"));
    }
    return content == null
        ? Optional.of(new RecordProblem(text, type, "", "it has no content"))
        : Optional.empty();
  }
}
