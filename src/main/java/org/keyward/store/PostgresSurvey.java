package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.DatabaseSurvey;
import org.keyward.admin.DatabaseSurvey.LeftOut;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.TsigKey;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSource;

/**
 * Looks at a database that {@code migrate} is to change, in one read-only transaction. It needs
 * nothing of Keyward's own schema.
 */
public final class PostgresSurvey {
  private final Database database;
  private final Clock clock;

  public PostgresSurvey(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** What is there. */
  public DatabaseSurvey look() {
    boolean current = isThere("keyward.flyway_schema_history") && Migrations.isUpToDate(database);
    return database.inSnapshot(handle -> look(handle, current));
  }

  private boolean isThere(String table) {
    return database.inSnapshot(handle -> isThere(handle, table));
  }

  private static boolean isThere(Handle handle, String table) {
    return handle
        .createQuery("SELECT to_regclass(?) IS NOT NULL")
        .bind(0, table)
        .mapTo(Boolean.class)
        .one();
  }

  private DatabaseSurvey look(Handle handle, boolean current) throws SQLException {
    boolean tables = isThere(handle, "public.domains");
    List<String> missing = AdoptedSchema.missing(handle);
    boolean readable = tables && missing.isEmpty();
    SurveyedRights rights = new SurveyedRights(handle);
    List<String> obstacles = new ArrayList<>(rights.obstacles());
    missing.forEach(
        statement -> obstacles.add("the tables are those of an older PowerDNS: " + statement));
    return new DatabaseSurvey(
        server(handle),
        tables ? tables(handle, missing) : "none: migrate makes them",
        schema(handle, current),
        tables ? zones(handle) : Map.of(),
        readable ? SurveyedKeys.signed(handle) : List.of(),
        readable ? leftOut(handle) : List.of(),
        rights.logins(),
        obstacles,
        rights.remarks());
  }

  private static String server(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)
              || ', database ' || current_database() || ', as ' || current_user
            """)
        .mapTo(String.class)
        .one();
  }

  /** They have no number of a version: it shows in their columns. */
  private static String tables(Handle handle, List<String> missing) {
    if (!missing.isEmpty()) {
      return "of PowerDNS before 4.3";
    }
    boolean catalog =
        handle
            .createQuery(
                """
                SELECT EXISTS (SELECT FROM pg_attribute
                  WHERE attrelid = 'public.domains'::REGCLASS AND attname = 'catalog'
                    AND NOT attisdropped)
                """)
            .mapTo(Boolean.class)
            .one();
    return catalog ? "of PowerDNS 4.7 or newer" : "of PowerDNS 4.3 to 4.6";
  }

  private static String schema(Handle handle, boolean current) {
    if (!isThere(handle, "keyward.flyway_schema_history")) {
      return "not there: migrate makes it";
    }
    return current
        ? "of this version: there is nothing to do"
        : "of another version: migrate upgrades it";
  }

  private static Map<String, Long> zones(Handle handle) {
    Map<String, Long> zones = new LinkedHashMap<>();
    handle
        .createQuery(
            "SELECT upper(type) AS kind, count(*) AS zones FROM public.domains GROUP BY 1 ORDER BY 1")
        .map(
            (row, context) ->
                Map.entry(String.valueOf(row.getString("kind")), row.getLong("zones")))
        .forEach(row -> zones.put(row.getKey(), row.getValue()));
    return zones;
  }

  private List<LeftOut> leftOut(Handle handle) throws SQLException {
    List<LeftOut> leftOut = new ArrayList<>(withoutName(handle));
    leftOut.addAll(tsigKeys(handle));
    Map<Integer, List<RecordProblem>> unreadable =
        UnreadableRows.of(handle, Integer.MIN_VALUE, Integer.MAX_VALUE);
    new ZonesInBulk(
            handle,
            SigningReader.NONE,
            new SealedContent(Optional.empty()),
            TokenPins.NONE,
            ZoneTables.OF_POWERDNS)
        .readAll(new Problems(leftOut, unreadable));
    return leftOut;
  }

  /** Zones whose names are no names. */
  private static List<LeftOut> withoutName(Handle handle) {
    return handle
        .createQuery("SELECT name FROM public.domains ORDER BY id")
        .mapTo(String.class)
        .filter(name -> StoredNames.parse(name).isEmpty())
        .map(
            name ->
                new LeftOut(
                    name,
                    new RecordProblem(
                        "",
                        RecordProblem.ZONE,
                        "",
                        "its name is no domain name; correct it in domains")))
        .list();
  }

  private static List<LeftOut> tsigKeys(Handle handle) {
    return handle
        .createQuery("SELECT id, name, algorithm, secret FROM public.tsigkeys ORDER BY id")
        .map((row, context) -> tsigKey(row))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<LeftOut> tsigKey(ResultSet row) throws SQLException {
    String name = row.getString("name");
    String algorithm = row.getString("algorithm");
    String secret = row.getString("secret");
    boolean readable =
        algorithm != null
            && secret != null
            && StoredNames.parse(name)
                .map(key -> new TsigKey(key, algorithm, secret).isReadable())
                .orElse(false);
    return readable
        ? Optional.empty()
        : Optional.of(
            new LeftOut(
                "",
                new RecordProblem(
                    String.valueOf(name),
                    "TSIG",
                    "id " + row.getInt("id"),
                    "its name, algorithm or secret is none that PowerDNS can read; correct its row in"
                        + " tsigkeys, or delete it")));
  }

  private final class Problems implements ZoneSource.Reader {
    private final List<LeftOut> leftOut;
    private final Map<Integer, List<RecordProblem>> unreadable;

    Problems(List<LeftOut> leftOut, Map<Integer, List<RecordProblem>> unreadable) {
      this.leftOut = leftOut;
      this.unreadable = unreadable;
    }

    @Override
    public void begins(long zones) {}

    @Override
    public boolean wantsRecords() {
      return true;
    }

    @Override
    public void zone(ZoneHeader header, int records, Supplier<ZoneData> data) {
      String zone = StoredNames.of(header.origin());
      List<RecordProblem> problems =
          new ArrayList<>(unreadable.getOrDefault(header.id(), List.of()));
      try {
        problems.addAll(MasterFile.problems(data.get(), clock));
      } catch (RuntimeException e) {
        problems.add(
            new RecordProblem(
                "",
                RecordProblem.ZONE,
                "",
                "it cannot be read: " + Database.ofData(e).getMessage()));
      }
      problems.forEach(problem -> leftOut.add(new LeftOut(zone, problem)));
    }

    @Override
    public void header(ZoneHeader header) {}
  }
}
