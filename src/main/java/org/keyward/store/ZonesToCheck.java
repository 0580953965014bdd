package org.keyward.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.RecordRow;
import org.keyward.zone.SigningMode;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.check.ZoneFacts;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/**
 * Zones with what a check of them needs to know, read in parts: a part costs the same few queries
 * whether it is one zone or thousands. Thread-safe.
 */
public final class ZonesToCheck {
  /** Zones in a part. */
  private static final int PART = 2_000;

  private final Database database;

  public ZonesToCheck(Database database) {
    this.database = database;
  }

  /**
   * A zone that is to be checked.
   *
   * @param records how many it has, about
   * @param data gives the zone, or fails where it cannot be read; asked in any thread
   * @param unreadable rows whose names are no names, or without content
   * @param notLoaded why a server could not load it, as it reported
   * @param keys its KSKs on tokens
   * @param findings rows of {@code keyward.findings} about it, its key or its token, infos aside
   */
  public record ToCheck(
      ZoneHeader header,
      int records,
      Supplier<ZoneData> data,
      List<RecordProblem> unreadable,
      List<RecordProblem> notLoaded,
      List<DNSKEYRecord> keys,
      Optional<SigningMode> mode,
      Optional<ZoneFacts.Parent> parent,
      List<Map<String, Object>> findings) {}

  public Optional<ToCheck> find(Name zone) {
    List<ToCheck> found = new ArrayList<>(1);
    database.inSnapshot(
        handle -> {
          read(handle, headers(handle, OF_NAME, zone), found::add);
          return null;
        });
    return found.stream().findFirst();
  }

  /** Gives every zone, by id. */
  public void readAll(Consumer<ToCheck> to) {
    database.inSnapshot(
        handle -> {
          List<ZoneHeader> part = headers(handle, AFTER, Integer.MIN_VALUE);
          while (!part.isEmpty()) {
            read(handle, part, to);
            part = headers(handle, AFTER, part.get(part.size() - 1).id());
          }
          return null;
        });
  }

  private static final String OF_NAME = "WHERE d.name = ANY(:names)";
  private static final String AFTER = "WHERE d.id > :after ORDER BY d.id LIMIT " + PART;

  private static List<ZoneHeader> headers(Handle handle, String where, Object parameter) {
    Query query =
        handle.createQuery(
            """
            SELECT d.id, d.name, d.type, d.master, d.notified_serial, d.last_check, d.account,
              0::BIGINT AS serial
            FROM public.domains d
            """
                + where);
    return PostgresZones.headers(
        parameter instanceof Name zone
            ? query.bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
            : query.bind("after", parameter));
  }

  private static void read(Handle handle, List<ZoneHeader> part, Consumer<ToCheck> to)
      throws SQLException {
    if (part.isEmpty()) {
      return;
    }
    Part of = new Part(handle, part);
    Map<Integer, List<RecordProblem>> unreadable = of.unreadable();
    Map<Integer, List<RecordProblem>> notLoaded = of.notLoaded();
    Map<Integer, Signed> signed = of.signed();
    Map<Integer, ZoneFacts.Parent> parents = of.parents();
    Map<Integer, List<Map<String, Object>>> findings = of.findings();
    new ZonesInBulk(handle, SigningReader.NONE, new SealedContent(Optional.empty()), TokenPins.NONE)
        .read(
            part,
            (header, records, data) -> {
              Signed by = signed.getOrDefault(header.id(), Signed.NOT);
              to.accept(
                  new ToCheck(
                      header,
                      records,
                      data,
                      unreadable.getOrDefault(header.id(), List.of()),
                      notLoaded.getOrDefault(header.id(), List.of()),
                      by.keys(),
                      by.mode(),
                      Optional.ofNullable(parents.get(header.id())),
                      findings.getOrDefault(header.id(), List.of())));
            });
  }

  private record Signed(List<DNSKEYRecord> keys, Optional<SigningMode> mode) {
    static final Signed NOT = new Signed(List.of(), Optional.empty());
  }

  private record Stored(int id, Name name) {}

  /** Zones of ascending ids, and what is asked about all of them at once. */
  private record Part(Handle handle, List<ZoneHeader> zones) {
    private Query query(String sql) {
      return handle
          .createQuery(sql)
          .bind("first", zones.get(0).id())
          .bind("last", zones.get(zones.size() - 1).id())
          .setFetchSize(10_000);
    }

    Map<Integer, List<RecordProblem>> unreadable() {
      return UnreadableRows.of(handle, zones.get(0).id(), zones.get(zones.size() - 1).id());
    }

    Map<Integer, List<RecordProblem>> notLoaded() {
      Map<Integer, List<RecordProblem>> byZone = new HashMap<>();
      query(
              """
              SELECT domain_id, name, type, content, reason FROM keyward.problem
              WHERE domain_id BETWEEN :first AND :last AND type = :zone
              """)
          .bind("zone", RecordProblem.ZONE)
          .map(
              (row, context) ->
                  Map.entry(
                      row.getInt("domain_id"),
                      new RecordProblem(
                          row.getString("name"),
                          row.getString("type"),
                          row.getString("content"),
                          row.getString("reason"))))
          .forEach(row -> add(byZone, row.getKey(), row.getValue()));
      return byZone;
    }

    Map<Integer, Signed> signed() {
      Map<Integer, Name> origins = new HashMap<>();
      zones.forEach(zone -> origins.put(zone.id(), zone.origin()));
      Map<Integer, Signed> byZone = new HashMap<>();
      query(
              """
              SELECT a.domain_id, a.mode, k.algorithm, k.public_key
              FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
              WHERE a.state <> 'ended' AND a.domain_id BETWEEN :first AND :last
              """)
          .map(
              (row, context) -> {
                Name origin = origins.get(row.getInt("domain_id"));
                if (origin != null) {
                  DNSKEYRecord key =
                      SoftwareKeys.dnskey(
                          origin,
                          SoftwareKeys.KSK_FLAGS,
                          Algorithm.ofNumber(row.getInt("algorithm")).orElseThrow(),
                          row.getBytes("public_key"));
                  byZone.put(
                      row.getInt("domain_id"),
                      new Signed(List.of(key), SigningMode.parse(row.getString("mode"))));
                }
                return row.getInt("domain_id");
              })
          .list();
      return byZone;
    }

    /** The closest zone above each, with what that has at the zone's name. */
    Map<Integer, ZoneFacts.Parent> parents() {
      Map<Integer, Stored> closest = closest();
      Map<Integer, List<RecordRow>> rows = recordsAbove(closest);
      Map<Integer, ZoneFacts.Parent> parents = new HashMap<>();
      closest.forEach(
          (zone, parent) ->
              parents.put(
                  zone, new ZoneFacts.Parent(parent.name(), rows.getOrDefault(zone, List.of()))));
      return parents;
    }

    private Map<Integer, Stored> closest() {
      Set<String> above = new HashSet<>();
      for (ZoneHeader zone : zones) {
        for (Name at = zone.origin(); at.labels() > 1; ) {
          at = new Name(at, 1);
          above.addAll(List.of(StoredNames.spellings(at)));
        }
      }
      Map<Name, Stored> there = new HashMap<>();
      handle
          .createQuery("SELECT id, name FROM public.domains WHERE name = ANY(:names)")
          .bindArray("names", String.class, above.toArray())
          .map((row, context) -> Map.entry(row.getInt("id"), row.getString("name")))
          .forEach(
              row ->
                  StoredNames.parse(row.getValue())
                      .ifPresent(name -> there.put(name, new Stored(row.getKey(), name))));
      Map<Integer, Stored> closest = new HashMap<>();
      for (ZoneHeader zone : there.isEmpty() ? List.<ZoneHeader>of() : zones) {
        for (Name at = zone.origin(); at.labels() > 1 && !closest.containsKey(zone.id()); ) {
          at = new Name(at, 1);
          Optional.ofNullable(there.get(at)).ifPresent(parent -> closest.put(zone.id(), parent));
        }
      }
      return closest;
    }

    private Map<Integer, List<RecordRow>> recordsAbove(Map<Integer, Stored> closest) {
      List<Integer> ids = new ArrayList<>();
      List<Integer> parents = new ArrayList<>();
      List<String> names = new ArrayList<>();
      for (ZoneHeader zone : zones) {
        Stored parent = closest.get(zone.id());
        if (parent != null) {
          ids.add(zone.id());
          parents.add(parent.id());
          names.add(StoredNames.of(zone.origin()));
        }
      }
      Map<Integer, List<RecordRow>> rows = new HashMap<>();
      if (ids.isEmpty()) {
        return rows;
      }
      handle
          .createQuery(
              """
              SELECT z.id AS zone, r.id, r.name, r.type, r.content, r.ttl, r.prio
              FROM unnest(:ids, :parents, :names) AS z (id, parent, name)
              JOIN public.records r ON r.name = z.name AND r.domain_id = z.parent
              WHERE NOT coalesce(r.disabled, false) AND r.content IS NOT NULL
                AND coalesce(r.type, '') NOT IN ('', 'TYPE0')
              ORDER BY r.id
              """)
          .bindArray("ids", Integer.class, ids)
          .bindArray("parents", Integer.class, parents)
          .bindArray("names", String.class, names)
          .map(
              (row, context) ->
                  Map.entry(row.getInt("zone"), Optional.ofNullable(PostgresZones.record(row))))
          .forEach(row -> row.getValue().ifPresent(record -> add(rows, row.getKey(), record)));
      return rows;
    }

    Map<Integer, List<Map<String, Object>>> findings() {
      Map<Integer, List<Map<String, Object>>> byZone = new HashMap<>();
      Rows.of(
              PostgresOverview.byCause(
                  query(
                      """
                      WITH about AS (
                        SELECT d.id, d.name::TEXT AS subject FROM public.domains d
                        WHERE d.id BETWEEN :first AND :last
                        UNION SELECT d.id, '.' FROM public.domains d
                        WHERE d.id BETWEEN :first AND :last AND d.name = ''
                        UNION SELECT a.domain_id, unnest(
                          ARRAY[t.name, k.token_serial || '/' || k.label])
                        FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                        LEFT JOIN keyward.token_status t ON t.serial = k.token_serial
                        WHERE a.state <> 'ended' AND a.domain_id BETWEEN :first AND :last)
                      SELECT z.id, f.severity, f.kind, f.message, f.todo
                      FROM keyward.findings f JOIN about z ON z.subject = f.subject
                      WHERE f.severity <> 'info'
                      """
                          + PostgresOverview.BY_CAUSE)))
          .forEach(row -> add(byZone, (Integer) row.get("id"), row));
      return byZone;
    }

    private static <T> void add(Map<Integer, List<T>> byZone, int zone, T value) {
      byZone.computeIfAbsent(zone, id -> new ArrayList<>()).add(value);
    }
  }
}
