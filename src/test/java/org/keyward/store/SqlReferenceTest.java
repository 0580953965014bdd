package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.keyward.GeneratedPage.cell;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.GeneratedPage;

/** docs/reference/sql.md, from the comments in the catalogue. */
@Tag("once")
class SqlReferenceTest {
  private static final String ROLES =
      """
      SELECT rolname, coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles
      WHERE rolname LIKE 'keyward\\_%' ORDER BY 1
      """;

  private static final String VIEWS =
      """
      SELECT c.relname, coalesce(obj_description(c.oid), '') FROM pg_class c
      WHERE c.relnamespace = 'keyward'::REGNAMESPACE AND c.relkind = 'v' ORDER BY 1
      """;

  private static final String COLUMNS =
      """
      SELECT a.attname, format_type(a.atttypid, a.atttypmod),
        coalesce(col_description(a.attrelid, a.attnum), '') FROM pg_attribute a
      WHERE a.attrelid = ('keyward.' || ?)::REGCLASS AND a.attnum > 0 ORDER BY a.attnum
      """;

  /** Those that people call; the others are what triggers and Keyward itself call. */
  private static final String FUNCTIONS =
      """
      SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ')',
        pg_get_function_result(p.oid), coalesce(obj_description(p.oid), ''),
        CASE WHEN has_function_privilege('keyward_dba', p.oid, 'EXECUTE') THEN 'keyward_dba'
          ELSE 'the owner of the tables' END
      FROM pg_proc p WHERE p.pronamespace = 'keyward'::REGNAMESPACE
        AND obj_description(p.oid) IS NOT NULL ORDER BY p.proname
      """;

  private static final String TABLES =
      """
      SELECT c.relname, coalesce(obj_description(c.oid), '') FROM pg_class c
      WHERE c.relnamespace = 'keyward'::REGNAMESPACE AND c.relkind = 'r'
        AND obj_description(c.oid) IS NOT NULL ORDER BY 1
      """;

  private final StringBuilder page = new StringBuilder();

  @Test
  void thePageIsWhatTheCatalogueSays() throws Exception {
    try (Database database = TestDatabase.create()) {
      page.append(
          """
          # Views, functions and roles

          Made by `bin/reference` from the comments in the database. [sql.md](../sql.md) has examples, [privileges.md](../privileges.md) who may do what.
          PowerDNS's own tables are in the schema `public`, all of this in `keyward`.

          ## Roles

          """);
      table(database, ROLES, "role", "for");
      page.append("\n## Functions\n\n");
      table(database, FUNCTIONS, "function", "gives", "does", "who may call it");
      for (List<String> view : rows(database, VIEWS)) {
        page.append("\n## View ").append(view.get(0)).append("\n\n");
        assertThat(view.get(1)).as("comment on the view %s", view.get(0)).isNotEmpty();
        page.append(sentence(view.get(1))).append("\n\n");
        table(database, COLUMNS.replace("?", "'" + view.get(0) + "'"), "column", "type", "");
      }
      page.append("\n## Tables\n\nFor who looks; they may change with any version.\n\n");
      table(database, TABLES, "table", "");
    }
    GeneratedPage.check("sql.md", page.toString());
  }

  private static String sentence(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }

  private void table(Database database, String query, String... heads) {
    page.append("| ").append(String.join(" | ", heads)).append(" |\n");
    page.append("|---".repeat(heads.length)).append("|\n");
    for (List<String> row : rows(database, query)) {
      page.append("| `").append(cell(row.get(0))).append('`');
      row.stream().skip(1).forEach(text -> page.append(" | ").append(cell(text)));
      page.append(" |\n");
    }
  }

  private static List<List<String>> rows(Database database, String query) {
    return database
        .jdbi()
        .withHandle(
            h ->
                h.createQuery(query)
                    .map(
                        (row, context) -> {
                          List<String> cells = new java.util.ArrayList<>();
                          for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                            cells.add(row.getString(i));
                          }
                          return cells;
                        })
                    .list());
  }
}
