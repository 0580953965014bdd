package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may do what, against docs/privileges.md: a table, a column or a function without a decision
 * there fails, and everything that is not listed there is tried and refused.
 */
@Tag("once")
class PrivilegesTest {
  private static final Path PAGE = Path.of("docs/privileges.md");
  private static final List<String> ROLES =
      List.of(
          "keyward_dba",
          "keyward_auditor",
          "keyward_serve",
          "keyward_sign",
          "keyward_writer",
          "keyward_admin",
          "keyward_tools");
  private static Database database;

  @BeforeAll
  static void create() {
    database = TestDatabase.create();
  }

  @AfterAll
  static void close() {
    database.close();
  }

  static Stream<String> roles() {
    return ROLES.stream();
  }

  /** Tables and views with their columns, sequences, functions; below each who may do what. */
  private static final String MATRIX =
      """
      WITH roles AS (
        SELECT r.oid, r.rolname FROM pg_roles r WHERE r.rolname = ANY(:roles)
        UNION ALL SELECT 0, 'PUBLIC'),
      objects AS (
        SELECT c.oid, c.relnamespace::REGNAMESPACE::TEXT AS schema, c.relname::TEXT AS name,
          CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'table' END AS kind,
          CASE WHEN c.relkind = 'S' THEN '' ELSE (
            SELECT ' (' || string_agg(a.attname, ', ' ORDER BY a.attnum) || ')' FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END AS signature,
          c.relacl AS acl
        FROM pg_class c
        WHERE c.relnamespace IN ('public'::REGNAMESPACE, 'keyward'::REGNAMESPACE)
          AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT p.oid, p.pronamespace::REGNAMESPACE::TEXT, p.proname::TEXT, 'function',
          '(' || pg_get_function_identity_arguments(p.oid) || ')'
            || CASE WHEN p.prosecdef THEN ' with the rights of the owner' ELSE '' END,
          coalesce(p.proacl, acldefault('f', p.proowner))
        FROM pg_proc p WHERE p.pronamespace IN ('public'::REGNAMESPACE, 'keyward'::REGNAMESPACE)),
      whole AS (
        SELECT o.oid, r.rolname, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS may
        FROM objects o CROSS JOIN LATERAL aclexplode(o.acl) a JOIN roles r ON r.oid = a.grantee
        GROUP BY o.oid, r.rolname),
      columns AS (
        SELECT s.oid, s.rolname, string_agg(s.privilege_type || ' of ' || s.names, ', '
          ORDER BY s.privilege_type) AS may
        FROM (
          SELECT t.attrelid AS oid, r.rolname, a.privilege_type,
            string_agg(t.attname, ' ' ORDER BY t.attnum) AS names
          FROM pg_attribute t CROSS JOIN LATERAL aclexplode(t.attacl) a JOIN roles r ON r.oid = a.grantee
          GROUP BY 1, 2, 3) s
        GROUP BY s.oid, s.rolname)
      SELECT o.kind || ' ' || o.schema || '.' || o.name || o.signature || coalesce((
        SELECT string_agg(E'\\n    ' || r.rolname || ': ' || concat_ws(', ', w.may, c.may), '' ORDER BY r.rolname)
        FROM roles r LEFT JOIN whole w ON w.oid = o.oid AND w.rolname = r.rolname
        LEFT JOIN columns c ON c.oid = o.oid AND c.rolname = r.rolname
        WHERE w.may IS NOT NULL OR c.may IS NOT NULL), '')
      FROM objects o
      ORDER BY array_position(ARRAY['table', 'view', 'sequence', 'function'], o.kind), o.schema, o.name, o.signature
      """;

  @Test
  void everyObjectIsListedWithExactlyWhatEachRoleMayDo() throws Exception {
    List<String> objects =
        database
            .jdbi()
            .withHandle(
                h ->
                    h.createQuery(MATRIX)
                        .bindArray("roles", String.class, ROLES.toArray())
                        .mapTo(String.class)
                        .list());
    String actual = "```\n" + String.join("\n", objects) + "\n```\n";
    String page = Files.readString(PAGE);
    Files.writeString(
        Path.of("target/privileges.md"), page.substring(0, page.indexOf("```")) + actual);
    assertThat(page.substring(page.indexOf("```")))
        .as("docs/privileges.md; the list as it is now is in target/privileges.md")
        .isEqualTo(actual);
  }

  /** One statement that needs one right. */
  private record Attempt(String object, String right, String statement, boolean allowed) {}

  private static final String ATTEMPTS =
      """
      WITH relations AS (
        SELECT c.oid, c.oid::REGCLASS::TEXT AS name, c.relkind FROM pg_class c
        WHERE c.relnamespace IN ('public'::REGNAMESPACE, 'keyward'::REGNAMESPACE)
          AND c.relkind IN ('r', 'v')),
      columns AS (
        SELECT r.oid, r.name, r.relkind, a.attnum, quote_ident(a.attname) AS attname
        FROM relations r JOIN pg_attribute a
          ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)
      SELECT name || '.' || attname, 'SELECT', format('SELECT %s FROM %s LIMIT 0', attname, name),
        has_column_privilege(:role, oid, attnum, 'SELECT') FROM columns
      UNION ALL
      SELECT name || '.' || attname, 'UPDATE',
        format('UPDATE %s SET %s = DEFAULT WHERE false', name, attname),
        has_column_privilege(:role, oid, attnum, 'UPDATE') FROM columns WHERE relkind = 'r'
      UNION ALL
      SELECT name || '.' || attname, 'INSERT',
        format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT NULL WHERE false', name, attname),
        has_column_privilege(:role, oid, attnum, 'INSERT') FROM columns WHERE relkind = 'r'
      UNION ALL
      SELECT name, 'DELETE', format('DELETE FROM %s WHERE false', name),
        has_table_privilege(:role, oid, 'DELETE') FROM relations WHERE relkind = 'r'
      UNION ALL
      SELECT name, 'TRUNCATE', format('TRUNCATE %s', name),
        has_table_privilege(:role, oid, 'TRUNCATE') FROM relations WHERE relkind = 'r'
      UNION ALL
      SELECT name, 'TRIGGER', format('CREATE TRIGGER t AFTER INSERT ON %s
          FOR EACH STATEMENT EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()', name),
        has_table_privilege(:role, oid, 'TRIGGER') FROM relations WHERE relkind = 'r'
      UNION ALL
      SELECT name, 'ALTER', format('ALTER TABLE %s DISABLE TRIGGER ALL', name), false
        FROM relations WHERE relkind = 'r'
      UNION ALL
      SELECT p.oid::REGPROCEDURE::TEXT, 'EXECUTE', format('SELECT %s(%s)', p.oid::REGPROC, (
          SELECT string_agg(format('NULL::%s', format_type(t.oid, NULL)), ', ' ORDER BY t.place)
          FROM unnest(p.proargtypes) WITH ORDINALITY t(oid, place))),
        has_function_privilege(:role, p.oid, 'EXECUTE')
          AND has_schema_privilege(:role, p.pronamespace, 'USAGE')
        FROM pg_proc p
        WHERE p.pronamespace IN ('public'::REGNAMESPACE, 'keyward'::REGNAMESPACE)
          AND p.prorettype <> 'trigger'::REGTYPE
      """;

  @ParameterizedTest
  @MethodSource("roles")
  void whatIsNotListedIsRefused(String role) {
    List<Attempt> attempts = attempts(role);
    assertThat(attempts).hasSizeGreaterThan(200);
    List<String> wrong = new ArrayList<>();
    database
        .jdbi()
        .useHandle(
            h -> {
              h.begin();
              h.execute("SET LOCAL ROLE " + role);
              for (Attempt attempt : attempts) {
                if (isAllowed(h, attempt.statement()) != attempt.allowed()) {
                  wrong.add(attempt.toString());
                }
              }
              h.rollback();
            });
    assertThat(wrong).isEmpty();
  }

  private static List<Attempt> attempts(String role) {
    return database
        .jdbi()
        .withHandle(
            h ->
                h.createQuery(ATTEMPTS)
                    .bind("role", role)
                    .map(
                        (row, context) ->
                            new Attempt(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getBoolean(4)))
                    .list());
  }

  /** Whatever else goes wrong, the right to try was there. */
  private static boolean isAllowed(Handle handle, String statement) {
    handle.savepoint("attempt");
    try {
      handle.execute(statement);
      return true;
    } catch (JdbiException e) {
      return !(e.getCause() instanceof java.sql.SQLException refused
          && "42501".equals(refused.getSQLState()));
    } finally {
      handle.rollbackToSavepoint("attempt");
    }
  }

  @ParameterizedTest
  @MethodSource("secrets")
  void keyMaterialIsReadByWhoWorksWithItAlone(String column, List<String> readers) {
    String[] parts = column.split("/");
    List<String> may =
        database
            .jdbi()
            .withHandle(
                h ->
                    h.createQuery(
                            "SELECT r FROM unnest(:roles) r"
                                + " WHERE has_column_privilege(r, :table, :column, 'SELECT')"
                                + " ORDER BY r")
                        .bindArray("roles", String.class, ROLES.toArray())
                        .bind("table", parts[0])
                        .bind("column", parts[1])
                        .mapTo(String.class)
                        .list());
    assertThat(may).isEqualTo(readers);
  }

  static Stream<Arguments> secrets() {
    return Stream.of(
        Arguments.of(
            "public.cryptokeys/content",
            List.of("keyward_serve", "keyward_tools", "keyward_writer")),
        Arguments.of(
            "public.tsigkeys/secret", List.of("keyward_serve", "keyward_tools", "keyward_writer")),
        Arguments.of("keyward.sealed_key/sealed", List.of()),
        Arguments.of("keyward.powerdns_private_keys/sealed", List.of("keyward_serve")),
        Arguments.of("keyward.powerdns_private_keys/content", List.of("keyward_serve")),
        Arguments.of("keyward.zsk/sealed", List.of("keyward_serve", "keyward_sign")),
        Arguments.of("keyward.request/zsk_sealed", List.of("keyward_sign")),
        Arguments.of("keyward.pin_memory/pin_mac", List.of("keyward_sign")));
  }
}
