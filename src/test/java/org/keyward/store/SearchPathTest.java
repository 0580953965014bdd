package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Functions with the rights of the owner mean what their text says, whatever objects with the same
 * names their caller has made: who may write one record would own the database otherwise.
 */
@Tag("once")
class SearchPathTest {
  /** Called by what the attacker makes; counts who runs it with somebody else's rights. */
  private static final String SPRUNG =
      """
      CREATE FUNCTION trap.sprung() RETURNS BOOL LANGUAGE plpgsql AS $$
      BEGIN
        IF current_user <> session_user THEN PERFORM pg_catalog.nextval('trap.hits'); END IF;
        RETURN true;
      END $$
      """;

  /** Types are looked for in pg_temp first, unless it is named: in all that the catalogue has. */
  private static final String DOMAINS =
      """
      DO $$ DECLARE t RECORD; BEGIN
        FOR t IN SELECT y.typname, s.place FROM pg_catalog.pg_type y, (VALUES ('pg_temp'), ('trap')) s (place)
          WHERE y.typnamespace = 'pg_catalog'::REGNAMESPACE AND y.typtype = 'b'
            AND y.typcategory <> 'A' AND y.typname !~ '^(pg_|reg.*coll|_)'
        LOOP
          EXECUTE format('CREATE DOMAIN %s.%I AS pg_catalog.%I CHECK (trap.sprung())',
            t.place, t.typname, t.typname);
        END LOOP;
      END $$
      """;

  /** Every function that a body names, with the same arguments. */
  private static final String FUNCTIONS =
      """
      DO $$ DECLARE f RECORD; BEGIN
        FOR f IN SELECT DISTINCT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments,
            pg_get_function_result(p.oid) AS result, s.place
          FROM pg_catalog.pg_proc p, (VALUES ('pg_temp'), ('trap')) s (place)
          WHERE p.pronamespace = 'pg_catalog'::REGNAMESPACE AND p.prokind = 'f' AND NOT p.proretset
            AND p.prorettype::REGTYPE::TEXT !~ '^(any|internal|trigger|event|cstring)'
            AND pg_get_function_arguments(p.oid) !~ 'DEFAULT|internal|cstring|VARIADIC|any|OUT '
            AND EXISTS (SELECT FROM pg_catalog.pg_proc k WHERE k.pronamespace = 'keyward'::REGNAMESPACE
              AND k.prosrc ~ ('\\m' || p.proname || '\\('))
        LOOP
          EXECUTE format('CREATE FUNCTION %s.%I(%s) RETURNS %s LANGUAGE plpgsql AS'
            ' ''BEGIN PERFORM trap.sprung(); RETURN %s; END''', f.place, f.proname, f.arguments, f.result,
            CASE f.result WHEN 'void' THEN '' ELSE 'NULL' END);
        END LOOP;
      END $$
      """;

  private static final String OPERATORS =
      """
      DO $$ DECLARE o RECORD; BEGIN
        FOR o IN SELECT p.oprname, p.oprleft::REGTYPE AS l, p.oprright::REGTYPE AS r,
            p.oprresult::REGTYPE AS result, row_number() OVER () AS n
          FROM pg_catalog.pg_operator p
          WHERE p.oprnamespace = 'pg_catalog'::REGNAMESPACE
            AND p.oprname IN ('=', '<>', '<', '>', '<=', '>=', '||', '+', '-', '*', '/', '%', '~', '!~', '~~')
            AND p.oprleft <> 0 AND p.oprleft::REGTYPE::TEXT !~ '^any' AND p.oprright::REGTYPE::TEXT !~ '^any'
            AND (p.oprleft, p.oprright) IN (SELECT a.oid, b.oid FROM pg_catalog.pg_type a, pg_catalog.pg_type b
              WHERE a.typname = ANY (ARRAY['text', 'varchar', 'int4', 'int8', 'bytea', 'timestamptz', 'interval', 'bool', 'xid8', 'xid', 'name', 'numeric', 'float8'])
                AND b.typname = ANY (ARRAY['text', 'varchar', 'int4', 'int8', 'bytea', 'timestamptz', 'interval', 'bool', 'xid8', 'xid', 'name', 'numeric', 'float8']))
        LOOP
          EXECUTE format('CREATE FUNCTION trap.o%s(pg_catalog.%s, pg_catalog.%s) RETURNS %s LANGUAGE plpgsql AS'
            ' ''BEGIN PERFORM trap.sprung(); RETURN NULL; END''', o.n, tname(o.l), tname(o.r), o.result);
          EXECUTE format('CREATE OPERATOR trap.%s (LEFTARG = pg_catalog.%s, RIGHTARG = pg_catalog.%s, FUNCTION = trap.o%s)',
            o.oprname, tname(o.l), tname(o.r), o.n);
        END LOOP;
      END $$
      """
          .replaceAll(
              "tname\\((\\w\\.\\w)\\)",
              "(SELECT y.typname FROM pg_catalog.pg_type y WHERE y.oid = $1)");

  /** In place of every table and view that there is. */
  private static final String RELATIONS =
      """
      DO $$ DECLARE c RECORD; BEGIN
        FOR c IN SELECT DISTINCT r.relname FROM pg_catalog.pg_class r
          WHERE r.relkind IN ('r', 'v') AND r.relnamespace IN
            ('public'::REGNAMESPACE, 'keyward'::REGNAMESPACE, 'pg_catalog'::REGNAMESPACE)
          UNION VALUES ('new_rows'), ('old_rows')
        LOOP
          EXECUTE format('CREATE TEMP VIEW %I AS SELECT 1 AS id, 1 AS domain_id, '''' AS name WHERE trap.sprung()',
            c.relname);
        END LOOP;
      END $$
      """;

  /** A type that turns into others by the attacker's own function. */
  private static final List<String> CASTS =
      List.of(
          "CREATE TYPE trap.word AS ENUM ('example.com', '192.0.2.7')",
          "CREATE FUNCTION trap.as_text(trap.word) RETURNS pg_catalog.text LANGUAGE plpgsql AS"
              + " 'BEGIN PERFORM trap.sprung(); RETURN pg_catalog.enum_out($1)::pg_catalog.text; END'",
          "CREATE CAST (trap.word AS pg_catalog.text) WITH FUNCTION trap.as_text(trap.word) AS"
              + " IMPLICIT");

  private static final List<String> WORLD =
      List.of(
          "INSERT INTO domains (id, name, type) VALUES (901, 'example.com', 'NATIVE'),"
              + " (902, 'signed.example', 'NATIVE'), (903, 'gone.example', 'NATIVE')",
          "INSERT INTO records (domain_id, name, type, content, ttl)"
              + " SELECT id, name, 'SOA', 'ns.x hostmaster.x 10 2 3 4 5', 60 FROM domains",
          "INSERT INTO keyward.token_status (name, serial, seen_at) VALUES ('office', 'S1', now())",
          "INSERT INTO keyward.key (token_serial, token_name, label, cka_id, algorithm, public_key,"
              + " key_tag) VALUES ('S1', 'office', 'ksk', '01', 13, '\\x0102', 1)",
          "INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step,"
              + " offset_before, runway, dnskey_ttl, assigned_at, assigned_by, reason, adopt_after,"
              + " mode_since, mode_due) SELECT d.id, d.name, k.id, 'presigned', 'signed', 1, 1, 1, 1,"
              + " 1, now(), 'me', '', now(), now() - INTERVAL '1 day', now() - INTERVAL '1 day'"
              + " FROM domains d, keyward.key k WHERE d.name <> 'example.com'");

  /** What makes every trigger and every function run that somebody but the owner may call. */
  private static final List<String> STATEMENTS =
      List.of(
          "INSERT INTO public.records (domain_id, name, type, content, ttl)"
              + " VALUES (901, 'www.example.com', 'A', '192.0.2.1', 60)",
          "INSERT INTO public.records (domain_id, name, type, content, ttl)"
              + " VALUES (901, 'www6.example.com', 'AAAA', '2001:db8::1', 60)",
          "INSERT INTO public.records (domain_id, name, type, content, ttl, prio)"
              + " VALUES (901, 'example.com', 'MX', 'mail.example.com', 60, 10)",
          "INSERT INTO public.records (domain_id, name, type, content, ttl)"
              + " VALUES (901, 'alias.example.com', 'CNAME', 'www.example.com', 60)",
          "INSERT INTO public.records (domain_id, name, type, content, ttl)"
              + " VALUES (901, '_ipp._tcp.example.com', 'PTR',"
              + " 'b\\195\\188ro._ipp._tcp.example.com', 60)",
          "INSERT INTO public.records (domain_id, name, type, content, ttl)"
              + " VALUES (901, 'example.com', 'TXT', 'no quotes', 60)",
          "INSERT INTO public.records (domain_id, name, type, content, ttl) VALUES (901,"
              + " 'text.example.com', 'A', '192.0.2.7'::trap.word, 60)",
          "INSERT INTO public.records (domain_id, name, type, content, ttl)"
              + " VALUES (902, 'signed.example', 'CDS', '0 0 0 00', 60)",
          "UPDATE public.records SET ttl = 61",
          "UPDATE public.records SET content = 'ns.x hostmaster.x 9 2 3 4 7' WHERE type = 'SOA'",
          "DELETE FROM public.records WHERE type = 'A'",
          "INSERT INTO public.domains (name, type) VALUES ('new.example', 'NATIVE')",
          "UPDATE public.domains SET notified_serial = 7",
          "UPDATE public.domains SET name = 'newer.example' WHERE name = 'new.example'",
          "UPDATE public.domains SET name = 'renamed.example' WHERE name = 'signed.example'",
          "UPDATE public.domains SET type = 'SLAVE'",
          "INSERT INTO public.domainmetadata (domain_id, kind, content)"
              + " VALUES (901, 'X-KEYWARD-SERIAL', 'DATE'), (901, 'SOA-EDIT-API', 'EPOCH')",
          "INSERT INTO public.domainmetadata (domain_id, kind, content)"
              + " VALUES (902, 'NSEC3PARAM', '1 0 0 -'), (902, 'PUBLISH-CDS', '2')",
          "INSERT INTO public.domainmetadata (domain_id, kind, content) VALUES (901, 'PRESIGNED', '1')",
          "UPDATE public.domainmetadata SET content = content",
          "UPDATE public.domainmetadata SET domain_id = 903",
          "DELETE FROM public.domainmetadata",
          "INSERT INTO public.cryptokeys (domain_id, flags, active, content)"
              + " VALUES (901, 257, true, '"
              + TestDatabase.KEY
              + "')",
          "INSERT INTO public.tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-sha256', 'AA==')",
          "UPDATE public.domains SET master = '192.0.2.1:5300, 2001:db8::1' WHERE id = 901",
          "INSERT INTO public.domainmetadata (domain_id, kind, content)"
              + " VALUES (901, 'ALLOW-AXFR-FROM', '192.0.2.0/24'), (901, 'ALSO-NOTIFY', '192.0.2.1')",
          "INSERT INTO public.supermasters (ip, nameserver, account) VALUES ('192.0.2.1', 'n.x', '')",
          "INSERT INTO public.comments (domain_id, name, type, modified_at, comment)"
              + " VALUES (901, 'example.com', 'A', 0, 'x')",
          "SELECT * FROM keyward.findings",
          "INSERT INTO keyward.request (kind, zone, actor, approved_by) VALUES ('delete',"
              + " 'example.com', 'os:a', 'os:b')",
          "INSERT INTO keyward.audit (id, at, actor, action, result, detail)"
              + " VALUES (1, '2026-01-01', 'me', 'X', 'DONE', '')",
          "UPDATE keyward.audit SET detail = 'x'",
          "SELECT keyward.create_zone('more.example.', ARRAY['ns1.example.com'])",
          "SELECT keyward.create_zone('example.com'::trap.word, ARRAY['ns1.example.com'])",
          "SELECT keyward.replace_rrset('example.com', '@', 'MX', 60, ARRAY['10 mail.example.com'])",
          "SELECT keyward.load_zone('example.com', 'trap.zone')",
          "SELECT keyward.drop_zone('more.example')",
          "SELECT keyward.assign('example.com', 'office', 'ksk', 'why', 'split')",
          "SELECT keyward.assign('example.com'::trap.word, 'office', 'ksk')",
          "SELECT keyward.roll('signed.example', 'start', 'why')",
          "SELECT keyward.set_policy('default', 'pace=now', 'why')",
          "SELECT keyward.delete_policy('default', 'why')",
          "SELECT keyward.assign_policy('signed.example', 'default', 'why')",
          "SELECT keyward.give_policy(901, 'default')",
          "SELECT * FROM keyward.parents_here",
          "SELECT keyward.names_above('a.example.com')",
          "SELECT keyward.write_parent_ds(1, ARRAY['1 13 2 00'], ARRAY[1::BIGINT])",
          "SELECT keyward.note_roll_serials(ARRAY[1], pg_catalog.now())",
          "SELECT keyward.set_mode('signed.example', 'split')",
          "SELECT keyward.cancel_request(keyward.unassign('signed.example'), 'why')",
          "SELECT keyward.cancel_unassign('signed.example')",
          "SELECT keyward.name_fault('a b'), keyward.stored_name('A.example.'),"
              + " keyward.wire_name('a.example')",
          "SELECT keyward.a_label('b\u00fccher'), keyward.a_name('b\u00fccher.example'),"
              + " keyward.content_name('example.com', 'www')",
          "UPDATE keyward.rule SET two_person = true",
          "UPDATE keyward.rule SET two_person = false",
          "SELECT keyward.is_pin_refused('S1', '\\x00'::pg_catalog.bytea)",
          "SELECT keyward.second_person_fault(1, 'os:a', 'os:b')",
          "SELECT keyward.touch_zone(901), keyward.touch_zones(ARRAY[901]),"
              + " keyward.touch_signing(901), keyward.touch_runways(ARRAY[901])",
          "SELECT keyward.bump_serial(901), keyward.bump_serials(ARRAY[901, 902])",
          "SELECT keyward.prune_changes('1 second')",
          "SELECT keyward.take_denial_steps(pg_catalog.now(), 10)",
          "SELECT keyward.take_mode_steps(pg_catalog.now(), 10)",
          "SELECT keyward.minimum_of(901), keyward.child_wish(902, 'PUBLISH-CDS'),"
              + " keyward.granted_wish(902, 'PUBLISH-CDS')",
          "SELECT keyward.is_held_back(1, '0')",
          "SELECT keyward.end_adoptions(pg_catalog.now())",
          "SELECT keyward.give_key(a.id, 257, false, '\\x00') FROM keyward.assignment a",
          "UPDATE keyward.assignment SET cds = '2'",
          "DELETE FROM public.domains WHERE name = 'gone.example'",
          "SELECT pg_catalog.set_config('keyward.insist', 'why', true)",
          "DELETE FROM public.records WHERE domain_id = 902",
          "DELETE FROM public.domains",
          "TRUNCATE public.records");

  /**
   * PostgreSQL does not count a call that ends in an error, and four functions do nothing but
   * refuse; two are for the owner alone, who may trust what they have made themselves, and one runs
   * for what a superuser, or logical replication, writes.
   */
  private static final List<String> NOT_COUNTED =
      List.of(
          "check_renaming",
          "note_replicated",
          "refuse_audit_change",
          "refuse_end",
          "refuse_roll_event_change",
          "set_triggers",
          "switch_triggers");

  private static final List<List<String>> LOGINS =
      List.of(
          List.of("trap_dba", "GRANT keyward_dba TO trap_dba"),
          List.of(
              "trap_panel",
              "GRANT ALL ON domains, records, domainmetadata, cryptokeys, tsigkeys TO trap_panel",
              "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO trap_panel"),
          List.of(
              "trap_all",
              "GRANT keyward_dba, keyward_auditor, keyward_serve, keyward_writer, keyward_admin,"
                  + " keyward_sign TO trap_all"));

  @Test
  void everyFunctionSaysWhereItsNamesAreLookedFor() {
    try (Database database = TestDatabase.create()) {
      assertThat(
              strings(
                  database,
                  "SELECT p.oid::REGPROCEDURE::TEXT FROM pg_proc p WHERE p.pronamespace ="
                      + " 'keyward'::REGNAMESPACE AND NOT coalesce(p.proconfig, '{}')"
                      + " @> ARRAY['search_path=pg_catalog, pg_temp'] ORDER BY 1"))
          .isEmpty();
    }
  }

  /** A backslash of theirs too, in whatever way the caller's session reads those of its own. */
  @Test
  void everyFunctionReadsItsBackslashesAsTheyAreWritten() {
    try (Database database = TestDatabase.create()) {
      assertThat(
              strings(
                  database,
                  "SELECT p.oid::REGPROCEDURE::TEXT FROM pg_proc p WHERE p.pronamespace ="
                      + " 'keyward'::REGNAMESPACE AND position(chr(92) IN p.prosrc) > 0"
                      + " AND NOT p.proconfig @> ARRAY['standard_conforming_strings=on'] ORDER BY 1"))
          .isEmpty();
      TestDatabase.jdbi(database)
          .useHandle(
              handle -> {
                handle.execute("SET standard_conforming_strings = off");
                WORLD.forEach(handle::execute);
                handle.execute(
                    "INSERT INTO records (domain_id, name, type, content, ttl)"
                        + " VALUES (901, 'www.example.com', 'TXT', 'text', 60)");
                assertThatThrownBy(
                        () ->
                            handle.execute(
                                "UPDATE records SET content = '\"open' WHERE type = 'TXT'"))
                    .hasMessageContaining("a quote is missing");
                handle.execute("RESET standard_conforming_strings");
              });
      assertThat(
              strings(
                  database,
                  "SELECT content::TEXT FROM records WHERE domain_id = 901 AND type = 'SOA'"))
          .containsExactly("ns.x hostmaster.x 11 2 3 4 5");
    }
  }

  @Test
  void whatACallerMakesIsNeverRunWithTheOwnersRights() {
    try (Database database = TestDatabase.create()) {
      TreeSet<String> run = new TreeSet<>();
      for (List<String> login : LOGINS) {
        database.jdbi().useHandle(handle -> run.addAll(attack(handle, login)));
      }
      List<String> all =
          strings(
              database,
              "SELECT DISTINCT proname::TEXT FROM pg_proc WHERE pronamespace ="
                  + " 'keyward'::REGNAMESPACE ORDER BY 1");
      all.removeAll(run);
      assertThat(all).as("functions that nothing here has run").isEqualTo(NOT_COUNTED);
    }
  }

  /** Gives the functions that were run. All of it is taken back. */
  private static List<String> attack(Handle handle, List<String> login) {
    handle.begin();
    try {
      handle.execute("SET LOCAL track_functions = 'all'");
      WORLD.forEach(handle::execute);
      handle.execute("SET CONSTRAINTS ALL IMMEDIATE");
      handle.execute("CREATE ROLE " + login.get(0) + " LOGIN");
      login.stream().skip(1).forEach(handle::execute);
      handle.execute("CREATE SCHEMA trap AUTHORIZATION " + login.get(0));
      handle.execute("SET SESSION AUTHORIZATION " + login.get(0));
      handle.execute("CREATE SEQUENCE trap.hits");
      handle.execute(
          "CREATE TABLE trap.zone AS SELECT '@' AS name, 'NS' AS type, 60 AS ttl,"
              + " 'ns1.example.com' AS content");
      List.of(SPRUNG, DOMAINS, FUNCTIONS, OPERATORS, RELATIONS).forEach(handle::execute);
      CASTS.forEach(handle::execute);
      handle.execute("SET LOCAL search_path TO trap, pg_temp, pg_catalog, public");
      List<String> sprung = new ArrayList<>();
      for (String statement : STATEMENTS) {
        long before = hits(handle);
        attempt(handle, statement);
        if (hits(handle) > before) {
          sprung.add(statement);
        }
      }
      assertThat(sprung).as("%s made the owner run its own code", login.get(0)).isEmpty();
      return handle
          .createQuery(
              "SELECT funcname::pg_catalog.text FROM pg_catalog.pg_stat_xact_user_functions"
                  + " WHERE schemaname OPERATOR(pg_catalog.=) 'keyward'::pg_catalog.name")
          .mapTo(String.class)
          .list();
    } finally {
      handle.rollback();
      handle.execute("SET SESSION AUTHORIZATION DEFAULT");
    }
  }

  /** A refusal is as good: what it ran before counts. */
  private static void attempt(Handle handle, String statement) {
    handle.execute("SAVEPOINT attempt");
    try {
      handle.execute(statement);
      handle.execute("SET CONSTRAINTS ALL IMMEDIATE");
      handle.execute("SET CONSTRAINTS ALL DEFERRED");
    } catch (JdbiException refused) {
      handle.execute("ROLLBACK TO SAVEPOINT attempt");
    }
  }

  /** A sequence keeps what is counted when the attempt is taken back. */
  private static long hits(Handle handle) {
    return handle
        .createQuery("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM trap.hits")
        .mapTo(Long.class)
        .one();
  }

  private static List<String> strings(Database database, String query) {
    return new ArrayList<>(
        database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).list()));
  }
}
