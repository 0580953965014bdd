package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.GeneratedPage;

/** docs/reference/schema.md: what {@code keyward migrate} makes, from the catalogue. */
@Tag("once")
class SchemaReferenceTest {
  private static final String SCHEMAS =
      "IN ('public'::REGNAMESPACE, 'keyward'::REGNAMESPACE)"
          + " AND %s <> ALL (ARRAY['flyway_schema_history', 'flyway_schema_history_pk',"
          + " 'flyway_schema_history_s_idx'])";

  private static final String COLUMNS =
      """
      SELECT c.oid::REGCLASS || '.' || quote_ident(a.attname) || ' '
        || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        || CASE a.attidentity WHEN 'a' THEN ' IDENTITY' ELSE '' END
        || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relkind = 'r' AND c.relnamespace %s
      ORDER BY c.relnamespace::REGNAMESPACE::TEXT, c.relname, a.attnum
      """
          .formatted(SCHEMAS.formatted("c.relname"));

  /** Those of NOT NULL, which newer PostgreSQL counts among them, are with the columns. */
  private static final String CONSTRAINTS =
      """
      SELECT o.conrelid::REGCLASS || ' ' || o.conname || ' ' || pg_get_constraintdef(o.oid)
      FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
      WHERE o.contype IN ('c', 'f', 'p', 'u') AND c.relnamespace %s
      ORDER BY c.relnamespace::REGNAMESPACE::TEXT, c.relname, o.conname
      """
          .formatted(SCHEMAS.formatted("c.relname"));

  private static final String INDEXES =
      """
      SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE c.relnamespace %s AND NOT EXISTS (
        SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u'))
      ORDER BY c.relnamespace::REGNAMESPACE::TEXT, c.relname
      """
          .formatted(SCHEMAS.formatted("c.relname"));

  private static final String TRIGGERS =
      """
      SELECT pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'A' THEN ' -- always'
        ELSE ' -- ' || t.tgenabled::TEXT END
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE NOT t.tgisinternal AND c.relnamespace %s
      ORDER BY c.relnamespace::REGNAMESPACE::TEXT, c.relname, t.tgname
      """
          .formatted(SCHEMAS.formatted("c.relname"));

  private static final String FUNCTIONS =
      """
      SELECT p.oid::REGPROCEDURE || ' RETURNS ' || pg_get_function_result(p.oid)
        || ' ' || l.lanname || CASE p.provolatile WHEN 'i' THEN ' IMMUTABLE' WHEN 's' THEN ' STABLE' ELSE '' END
        || CASE WHEN p.prosecdef THEN ' SECURITY DEFINER' ELSE '' END
        || coalesce(' SET ' || array_to_string(p.proconfig, ', '), '')
      FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace %s
      ORDER BY p.pronamespace::REGNAMESPACE::TEXT, p.proname, 1
      """
          .formatted(SCHEMAS.formatted("p.proname"));

  private final StringBuilder page = new StringBuilder();

  @Test
  void thePageIsWhatTheCatalogueSays() throws Exception {
    try (Database database = TestDatabase.create()) {
      page.append(
          """
          # The schema, object by object

          Made by `bin/reference` from a database that `keyward migrate` made. The files that make it are in [sql](../../sql), views with their columns in [sql.md](sql.md).
          """);
      section(database, "Columns", COLUMNS);
      section(database, "Constraints", CONSTRAINTS);
      section(database, "Indexes", INDEXES);
      section(database, "Triggers", TRIGGERS);
      section(database, "Functions", FUNCTIONS);
    }
    GeneratedPage.check("schema.md", page.toString());
  }

  private void section(Database database, String title, String query) {
    List<String> lines =
        database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).list());
    assertThat(lines).as(title).isNotEmpty();
    page.append("\n## ").append(title).append("\n\n```\n");
    lines.forEach(line -> page.append(line.replaceAll("\\s+", " ")).append('\n'));
    page.append("```\n");
  }

  /** A change of one R file runs all of them again, on what is there. */
  @Test
  void whatIsMadeAnewIsTheSame() {
    try (Database database = TestDatabase.create()) {
      assertThat(Migrations.migrate(database)).isZero();
      List<String> before = all(database);
      assertThat(Migrations.migrate(database, "other")).isEqualTo(13);
      assertThat(all(database)).isEqualTo(before).hasSizeGreaterThan(300);
      assertThat(Migrations.migrate(database, "other")).isZero();
    }
  }

  private static List<String> all(Database database) {
    return List.of(COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, FUNCTIONS).stream()
        .flatMap(
            query ->
                database
                    .jdbi()
                    .withHandle(h -> h.createQuery(query).mapTo(String.class).list())
                    .stream())
        .toList();
  }
}
