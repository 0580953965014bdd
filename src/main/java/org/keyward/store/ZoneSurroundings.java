package org.keyward.store;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.xbill.DNS.Name;

/** What is around a zone: its parent, and who signs it. Thread-safe. */
public final class ZoneSurroundings {
  private final Database database;

  public ZoneSurroundings(Database database) {
    this.database = database;
  }

  /** How many zones there are. */
  public long zones() {
    return database.inTransaction(
        handle ->
            handle.createQuery("SELECT count(*) FROM public.domains").mapTo(Long.class).one());
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
                      JOIN keyward.powerdns_keys c ON c.domain_id = d.id
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
}
