package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.DatabaseSurvey.Login;

/** Who may do what with PowerDNS's tables, and whether whoever asks may migrate them. */
record SurveyedRights(Handle handle) {
  private static final String TABLES =
      """
      WITH tables AS (
        SELECT c.oid, c.relname, c.relowner FROM pg_class c
        WHERE c.relnamespace = 'public'::REGNAMESPACE AND c.relkind IN ('r', 'p')
          AND c.relname IN ('domains', 'records', 'domainmetadata', 'cryptokeys', 'tsigkeys',
            'comments', 'supermasters'))
      """;

  /** Why {@code migrate} would be refused. */
  List<String> obstacles() {
    return texts(
        TABLES
            + """
            SELECT format('%s may not change %s of %s: migrate as %s', current_user,
              string_agg(relname, ', ' ORDER BY relname), pg_get_userbyid(relowner),
              pg_get_userbyid(relowner))
            FROM tables WHERE NOT pg_has_role(relowner, 'USAGE') GROUP BY relowner
            UNION ALL
            SELECT format('%s may not make the schema keyward: GRANT CREATE ON DATABASE %I TO %I',
              current_user, current_database(), current_user)
            WHERE to_regnamespace('keyward') IS NULL
              AND NOT has_database_privilege(current_database(), 'CREATE')
            UNION ALL
            SELECT format('%s may not make tables in the schema public: GRANT CREATE ON SCHEMA public TO %I',
              current_user, current_user)
            WHERE to_regclass('public.domains') IS NULL
              AND NOT has_schema_privilege('public', 'CREATE')
            """);
  }

  /** What else to know before. */
  List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    remarks.addAll(
        texts(
            """
            SELECT format('%s may not make roles, so migrate makes none: ALTER ROLE %I CREATEROLE before, or give'
              ' the services the login %s', current_user, current_user, current_user)
            FROM pg_roles WHERE rolname = current_user AND NOT rolsuper AND NOT rolcreaterole
              AND to_regrole('keyward_serve') IS NULL
            UNION ALL
            SELECT 'migrate takes from PUBLIC the right to make temporary tables in this database; grant it to'
              ' the logins that need it'
            FROM pg_database d WHERE d.datname = current_database() AND pg_has_role(d.datdba, 'USAGE')
              AND (d.datacl IS NULL OR EXISTS (SELECT FROM aclexplode(d.datacl)
                WHERE grantee = 0 AND privilege_type = 'TEMPORARY'))
            UNION ALL
            SELECT 'migrate takes from PUBLIC the right to make tables in the schema public; grant it to the'
              ' logins that need it'
            FROM pg_namespace n WHERE n.nspname = 'public' AND pg_has_role(n.nspowner, 'USAGE')
              AND EXISTS (SELECT FROM aclexplode(n.nspacl)
                WHERE grantee = 0 AND privilege_type = 'CREATE')
            """));
    remarks.addAll(
        texts(
            TABLES
                + """
                SELECT format('the trigger %I on %s is not Keyward''s: it goes on, and what it writes is checked',
                  g.tgname, t.relname)
                FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid
                WHERE NOT g.tgisinternal AND g.tgname NOT LIKE 'keyward\\_%' ORDER BY 1
                """));
    return remarks;
  }

  /** Who owns tables, may write them, or is connected now. */
  List<Login> logins() {
    return handle
        .createQuery(
            TABLES
                + """
                , connected AS (
                  SELECT a.usename, count(*) AS connections,
                    array_agg(DISTINCT coalesce(nullif(a.application_name, ''), 'a program without a name')
                      || coalesce(' at ' || host(a.client_addr), '')) AS programs
                  FROM pg_stat_activity a
                  WHERE a.datname = current_database() AND a.usename IS NOT NULL
                    AND NOT (a.usename = current_user AND a.application_name = 'keyward')
                  GROUP BY a.usename)
                SELECT * FROM (
                  SELECT r.rolname, r.rolsuper,
                    EXISTS (SELECT FROM tables t WHERE t.relowner = r.oid
                      OR NOT r.rolsuper AND pg_has_role(r.oid, t.relowner, 'USAGE')) AS owns,
                    EXISTS (SELECT FROM tables t
                      WHERE has_table_privilege(r.oid, t.oid, 'INSERT, UPDATE, DELETE')) AS writes,
                    coalesce(c.connections, 0) AS connections,
                    coalesce(c.programs, '{}') AS programs
                  FROM pg_roles r LEFT JOIN connected c ON c.usename = r.rolname
                  WHERE r.rolcanlogin) l
                WHERE owns OR connections > 0 OR writes AND NOT rolsuper
                ORDER BY rolname
                """)
        .map((row, context) -> login(row))
        .list();
  }

  private static Login login(ResultSet row) throws SQLException {
    List<String> rights = new ArrayList<>();
    if (row.getBoolean("rolsuper")) {
      rights.add("is a superuser");
    }
    if (row.getBoolean("owns")) {
      rights.add("owns tables: what it does to them is not limited by Keyward's roles");
    } else if (row.getBoolean("writes")) {
      rights.add("writes tables: what it writes is checked from then on");
    }
    return new Login(
        row.getString("rolname"),
        rights,
        row.getLong("connections"),
        List.of((String[]) row.getArray("programs").getArray()));
  }

  private List<String> texts(String query) {
    return handle.createQuery(query).mapTo(String.class).list();
  }
}
