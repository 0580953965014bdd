package org.keyward.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;

/**
 * What a database has of PowerDNS's tables and of Keyward's schema, and in words what lies between
 * two of them.
 */
record SchemaContents(
    boolean powerDnsTables,
    long zones,
    long records,
    Set<String> tables,
    Set<String> views,
    Set<String> functions,
    Set<String> triggers,
    Set<String> roles,
    String user,
    String code) {
  private static final String ROLES =
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'keyward\\_%' AND NOT rolcanlogin";

  static SchemaContents of(Database database) {
    return database.inSnapshot(SchemaContents::read);
  }

  private static SchemaContents read(Handle handle) {
    boolean there = one(handle, "SELECT to_regclass('public.domains') IS NOT NULL", Boolean.class);
    boolean history =
        one(
            handle,
            "SELECT to_regclass('keyward.flyway_schema_history') IS NOT NULL",
            Boolean.class);
    return new SchemaContents(
        there,
        there ? one(handle, "SELECT count(*) FROM public.domains", Long.class) : 0,
        there ? one(handle, "SELECT count(*) FROM public.records", Long.class) : 0,
        relations(handle, "r"),
        relations(handle, "v"),
        names(
            handle,
            "SELECT p.oid::REGPROCEDURE::TEXT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
                + " WHERE n.nspname = 'keyward'"),
        names(
            handle,
            "SELECT tgname || ' ' || tgrelid::REGCLASS FROM pg_trigger"
                + " WHERE NOT tgisinternal AND tgname LIKE 'keyward\\_%'"),
        names(handle, ROLES),
        one(handle, "SELECT current_user", String.class),
        history
            ? one(
                handle,
                "SELECT coalesce(string_agg(checksum || ' ' || installed_rank, ',' ORDER BY installed_rank),"
                    + " '') FROM keyward.flyway_schema_history",
                String.class)
            : "");
  }

  private static Set<String> relations(Handle handle, String kind) {
    return names(
        handle,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE n.nspname = 'keyward' AND c.relname <> 'flyway_schema_history' AND c.relkind = '"
            + kind
            + "'");
  }

  private static Set<String> names(Handle handle, String query) {
    return new TreeSet<>(handle.createQuery(query).mapTo(String.class).list());
  }

  private static <T> T one(Handle handle, String query, Class<T> type) {
    return handle.createQuery(query).mapTo(type).one();
  }

  private boolean isEmpty() {
    return tables.isEmpty();
  }

  /** What was done since {@code before}, a sentence each; empty when nothing was. */
  List<String> since(SchemaContents before) {
    List<String> done = new ArrayList<>();
    if (before.isEmpty() && !isEmpty()) {
      done.add(
          before.powerDnsTables
              ? "adopted PowerDNS's tables as they stand: %d zones, %d records, no row was changed"
                  .formatted(zones, records)
              : "made PowerDNS's tables in the schema public");
    }
    made(done, "the schema keyward has %d new tables", before.tables, tables);
    made(done, "it has %d new views", before.views, views);
    made(done, "it has %d new functions", before.functions, functions);
    made(done, "there are %d new triggers on tables", before.triggers, triggers);
    if (done.isEmpty() && !code.equals(before.code)) {
      done.add("brought functions, views, triggers and rights up to this version");
    }
    Set<String> roles = added(before.roles, this.roles);
    if (!roles.isEmpty()) {
      done.add("made the roles " + String.join(", ", roles));
    } else if (this.roles.isEmpty() && !done.isEmpty()) {
      done.add(
          "made no roles, since %1$s may not: give the services the login %1$s, or 'ALTER ROLE %1$s CREATEROLE' and migrate again"
              .formatted(user));
    }
    return done;
  }

  private static void made(
      List<String> done, String sentence, Set<String> before, Set<String> after) {
    int count = added(before, after).size();
    if (count > 0) {
      done.add(sentence.formatted(count));
    }
  }

  private static Set<String> added(Set<String> before, Set<String> after) {
    Set<String> added = new TreeSet<>(after);
    added.removeAll(before);
    return added;
  }
}
