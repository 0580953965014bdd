package org.keyward.store;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.RrsetDesk;
import org.keyward.dnssec.NameText;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordParser;
import org.keyward.zone.RecordRow;
import org.keyward.zone.RefusedChangeException;
import org.keyward.zone.RefusedChangeException.Fault;
import org.keyward.zone.RrsetChange;
import org.xbill.DNS.Name;

/**
 * Records in PowerDNS's table, those of one name and type together. They are changed by {@code
 * keyward.replace_rrset} alone, so that here is taken and refused what is there.
 */
public final class PostgresRrsets implements RrsetDesk {
  private static final String SETS =
      """
      SELECT DISTINCT r.name COLLATE "C" AS name, r.type COLLATE "C" AS type
      FROM public.records r
      WHERE r.domain_id = :zone AND r.type <> '' AND NOT coalesce(r.disabled, false)
        AND (:any_name OR r.name = ANY(:names)) AND (:type = '' OR r.type = :type)
        AND (r.name COLLATE "C", r.type COLLATE "C") > (:after_name, :after_type)
      ORDER BY 1, 2 LIMIT :limit
      """;
  private static final String ROWS =
      """
      SELECT r.id, r.name, r.type, r.content, r.ttl, r.prio FROM public.records r
      WHERE r.domain_id = :zone AND NOT coalesce(r.disabled, false)
      """;

  private final Database database;

  public PostgresRrsets(Database database) {
    this.database = database;
  }

  @Override
  public Page read(Name zone, Query query) {
    return database.inSnapshot(
        handle -> {
          int id = find(handle, zone, "");
          List<Map<String, Object>> sets = sets(handle, id, query);
          List<Map<String, Object>> shown = sets.subList(0, Math.min(sets.size(), query.limit()));
          List<Rrset> items = shown.isEmpty() ? List.of() : rrsets(handle, id, shown);
          Optional<String> next =
              sets.size() > query.limit()
                  ? Optional.of(text(shown.get(shown.size() - 1)))
                  : Optional.empty();
          return new Page(zone, ZoneSerial.of(handle, id), items, next);
        });
  }

  /** Types have no spaces, names may. */
  private static String text(Map<String, Object> set) {
    return set.get("type") + " " + set.get("name");
  }

  private static List<Map<String, Object>> sets(Handle handle, int zone, Query query) {
    String[] after = query.after().orElse(" ").split(" ", 2);
    return handle
        .createQuery(SETS)
        .bind("zone", zone)
        .bind("any_name", query.name().isEmpty())
        .bindArray(
            "names",
            String.class,
            (Object[]) query.name().map(StoredNames::spellings).orElse(new String[0]))
        .bind("type", query.type().orElse(""))
        .bind("after_name", after.length == 2 ? after[1] : "")
        .bind("after_type", after[0])
        .bind("limit", query.limit() + 1)
        .mapToMap()
        .list();
  }

  private static List<Rrset> rrsets(Handle handle, int zone, List<Map<String, Object>> sets) {
    Map<String, List<RecordRow>> rows = new LinkedHashMap<>();
    sets.forEach(set -> rows.put(text(set), new ArrayList<>()));
    handle
        .createQuery(
            ROWS + " AND (r.name, r.type) IN (SELECT * FROM unnest(:names, :types)) ORDER BY r.id")
        .bind("zone", zone)
        .bindArray("names", String.class, sets.stream().map(set -> set.get("name")).toArray())
        .bindArray("types", String.class, sets.stream().map(set -> set.get("type")).toArray())
        .map(
            (row, context) ->
                Map.entry(row.getString("type") + " " + row.getString("name"), row(row)))
        .forEach(row -> row.getValue().ifPresent(rows.get(row.getKey())::add));
    return rows.values().stream()
        .filter(set -> !set.isEmpty())
        .map(
            set ->
                new Rrset(
                    NameText.of(set.get(0).owner()),
                    set.get(0).type(),
                    set.get(0).ttl(),
                    set.stream().map(PostgresRrsets::content).toList()))
        .toList();
  }

  /** Empty for what no answer can have. */
  private static Optional<RecordRow> row(ResultSet row) throws SQLException {
    Optional<Name> owner = StoredNames.parse(row.getString("name"));
    if (owner.isEmpty()) {
      return Optional.empty();
    }
    int prio = row.getInt("prio");
    int priority = row.wasNull() ? RecordRow.NO_PRIORITY : prio;
    String content = row.getString("content");
    return Optional.of(
        RecordRow.stored(
            row.getLong("id"),
            owner.get(),
            RecordRow.type(row.getString("type")),
            content == null ? "" : content,
            row.getLong("ttl"),
            priority));
  }

  /** What cannot be read as a record is shown as it is stored. */
  private static String content(RecordRow row) {
    try {
      return MasterFile.content(row);
    } catch (IOException e) {
      return row.content();
    }
  }

  @Override
  public long change(Name zone, Optional<Set<Long>> serials, List<RrsetChange> changes) {
    return database.inTransaction(
        handle -> {
          int id = find(handle, zone, " FOR NO KEY UPDATE");
          ZoneSerial.require(handle, id, zone, serials);
          for (RrsetChange change : changes) {
            change(handle, id, NameText.of(zone), change);
          }
          handle.execute("SET CONSTRAINTS ALL IMMEDIATE"); // moves the serial
          return ZoneSerial.of(handle, id);
        });
  }

  private static void change(Handle handle, int id, String zone, RrsetChange change) {
    List<RecordRow> there = rows(handle, id, zone, change);
    List<String> contents = change.contents().orElseGet(() -> changed(handle, zone, change, there));
    long ttl =
        change
            .ttl()
            .or(() -> there.stream().map(RecordRow::ttl).findFirst())
            .orElseGet(() -> noTtl(zone, change, contents));
    handle
        .createQuery("SELECT keyward.replace_rrset(:zone, :name, :type, :ttl, :contents)")
        .bind("zone", zone)
        .bind("name", change.name())
        .bind("type", change.type())
        .bind("ttl", ttl)
        .bindArray("contents", String.class, contents.toArray())
        .mapTo(Integer.class)
        .one();
  }

  /** None is needed where there is nothing to give it to. */
  private static long noTtl(String zone, RrsetChange change, List<String> contents) {
    if (contents.isEmpty()) {
      return 0;
    }
    throw refused(zone, change, "needs a TTL, since there are no such records yet", Fault.WRONG);
  }

  private static RefusedChangeException refused(
      String zone, RrsetChange change, String what, Fault fault) {
    return new RefusedChangeException(
        fault, "zone " + zone + ": " + change.name() + " " + change.type() + " " + what, null);
  }

  private static List<RecordRow> rows(Handle handle, int id, String zone, RrsetChange change) {
    return handle
        .createQuery(
            ROWS
                + " AND r.name = keyward.owner_name(:origin, :name) AND r.type = upper(trim(:type))"
                + " ORDER BY r.id")
        .bind("zone", id)
        .bind("origin", zone)
        .bind("name", change.name())
        .bind("type", change.type())
        .map((row, context) -> row(row))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private static List<String> changed(
      Handle handle, String zone, RrsetChange change, List<RecordRow> there) {
    Map<Object, String> contents = new LinkedHashMap<>();
    there.forEach(row -> contents.put(identity(row), content(row)));
    for (String text : change.remove()) {
      if (contents.remove(identity(stored(handle, zone, change, text))) == null) {
        throw refused(zone, change, "has no record '" + text + "' to remove", Fault.CONFLICT);
      }
    }
    for (String text : change.add()) {
      contents.putIfAbsent(identity(stored(handle, zone, change, text)), text);
    }
    return List.copyOf(contents.values());
  }

  /** Equal for rows that are one record, however they are written. */
  private static Object identity(RecordRow row) {
    try {
      return RecordParser.parse(row);
    } catch (IOException e) {
      return row.priority() + " " + row.content();
    }
  }

  /** A record as it would be stored. */
  private static RecordRow stored(Handle handle, String zone, RrsetChange change, String text) {
    return handle
        .createQuery(
            """
            SELECT 0 AS id, w.name, w.type, keyward.stored_content(:zone, w.type, :text) AS content,
              0 AS ttl, keyward.stored_priority(:zone, w.name, w.type, :text) AS prio
            FROM (SELECT keyward.owner_name(:zone, :name) AS name, upper(trim(:type)) AS type) w
            """)
        .bind("zone", zone)
        .bind("name", change.name())
        .bind("type", change.type())
        .bind("text", text)
        .map((row, context) -> row(row))
        .one()
        .orElseThrow(() -> refused(zone, change, "is no domain name", Fault.WRONG));
  }

  private static int find(Handle handle, Name zone, String lock) {
    return handle
        .createQuery("SELECT id FROM public.domains WHERE name = ANY(:names)" + lock)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .mapTo(Integer.class)
        .findFirst()
        .orElseThrow(
            () ->
                new NoSuchThingException(
                    "there is no zone "
                        + NameText.of(zone)
                        + "; 'keyward zone list' shows those that are"));
  }
}
