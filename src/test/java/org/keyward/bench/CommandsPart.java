package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.keyward.config.SealKey;

/** Every command that looks at zones, and every view, with many signed zones and a big one. */
final class CommandsPart implements Part {
  private static final String NAME = "commands";
  private static final String BIG = "big.example";
  private static final String SIGNED = "z0000001.example";
  private static final int RECORDS = 5;
  private static final int LIMIT_SECONDS = 300;

  /** The word FILE stands for a master file of the big zone. */
  private static final List<String> COMMANDS =
      List.of(
          "zone list",
          "zone show " + SIGNED,
          "zone show " + BIG,
          "zone export " + BIG,
          "zone check " + BIG,
          "zone check",
          "zone import " + BIG + " FILE --dry-run",
          "zone import " + BIG + " FILE",
          "zone delete " + BIG + " --dry-run",
          "zone delete " + BIG,
          "status",
          "status " + SIGNED,
          "ds " + SIGNED,
          "assign " + SIGNED + " --token t --label ksk --dry-run",
          "unassign " + SIGNED + " --dry-run",
          "mode " + SIGNED + " split --dry-run",
          "findings",
          "key list",
          "token list",
          "request list",
          "roll list",
          "roll show " + SIGNED,
          "plan " + SIGNED,
          "plan",
          "policy list",
          "policy set default zsk-lifetime=120d --dry-run",
          "clock list",
          "api-token list",
          "audit list",
          "audit verify",
          "audit export",
          "audit report --from 2026-01-01 --to 2026-02-01",
          "zone denial " + SIGNED + " nsec3",
          "zone create new.example --ns ns.example.net",
          "adopt-hsm",
          "leave");

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String title() {
    return "commands and views, with many signed zones and a zone of many records";
  }

  @Override
  public List<Requirement> needs() {
    return List.of(Requirement.JAR);
  }

  @Override
  public void run(Lab lab) throws Exception {
    int size = lab.quick() ? Math.min(500, lab.scale()) : lab.scale();
    lab.report()
        .note(
            "with "
                + Table.number(size)
                + " signed zones and a zone of as many records; commands start a JVM each");
    try (BenchDatabase database =
        BenchDatabase.start(Files.createDirectory(lab.folder().resolve("pg")))) {
      lab.say("filling the database");
      database.create(NAME);
      BenchZones.fill(database, NAME, size, RECORDS);
      sign(database);
      big(database, size);
      views(lab, database);
      commands(lab, database, size);
    }
  }

  /** As the signer leaves zones: a runway of five windows, a request and its row in the log. */
  private static void sign(BenchDatabase database) throws SQLException {
    database.execute(
        NAME,
        """
        INSERT INTO keyward.token_status (name, serial, label, seen_at) VALUES ('t', 'S1', 't', now())
        """,
        """
        INSERT INTO keyward.key (token_serial, token_name, label, cka_id, algorithm, public_key, key_tag)
        VALUES ('S1', 't', 'ksk', '01', 13, decode(repeat('07', 64), 'hex'), 4711)
        """,
        """
        INSERT INTO keyward.token_key (token_name, token_serial, label, cka_id, algorithm, public_key, key_tag)
        SELECT token_name, token_serial, label, cka_id, algorithm, public_key, key_tag FROM keyward.key
        """,
        """
        INSERT INTO keyward.request (kind, zone, token, label, actor, state, answer, answered_at)
        SELECT 'assign', name, 't', 'ksk', 'os:bench', 'done', name || '. is signed', now() FROM domains
        """,
        """
        INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step, offset_before,
          runway, dnskey_ttl, planned_until, renews_at, assigned_at, assigned_by, reason)
        SELECT id, name, 1, 'presigned', 'signed', 1209600, 604800, 3600, 3024000, 3600,
          extract(epoch FROM now())::BIGINT + 3024000, extract(epoch FROM now())::BIGINT + 604800,
          now(), 'os:bench', '' FROM domains
        """,
        """
        INSERT INTO keyward.ksk (assignment_id, key_id, published_from, signs_from)
        SELECT id, 1, 0, 0 FROM keyward.assignment ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO keyward.zsk (assignment_id, algorithm, public_key, key_tag, sealed, published_from, signs_from)
        SELECT id, 13, sha512(zone::BYTEA), 4712, '', 0, 0 FROM keyward.assignment
        """,
        """
        INSERT INTO keyward.lifetime (assignment_id, role, lifetime, since)
        SELECT a.id, r.role, r.lifetime, now() FROM keyward.assignment a,
          (VALUES ('zsk', 7862400), ('ksk', NULL)) r (role, lifetime)
        """,
        """
        INSERT INTO keyward.signed_set (assignment_id, active_from, inception, expiration, signature, ttl, zsks, ksks, signer)
        SELECT a.id, w.at, w.at - 3600, w.at + 1209600, decode(repeat('00', 64), 'hex'), 3600,
          ARRAY[z.id], ARRAY[1], 1
        FROM keyward.assignment a JOIN keyward.zsk z ON z.assignment_id = a.id, generate_series(0, 4) i,
          LATERAL (SELECT extract(epoch FROM now())::BIGINT + i * 604800 AS at) w
        """,
        """
        INSERT INTO keyward.audit (at, actor, action, result, zone, detail)
        SELECT '2026-01-01T00:00:00.000000Z', 'os:bench', 'ASSIGN', 'DONE', name || '.', 'no reason given'
        FROM domains
        """);
  }

  private static void big(BenchDatabase database, int records) throws SQLException {
    database.execute(
        NAME,
        "SELECT keyward.create_zone('%1$s', ARRAY['ns.%1$s'])".formatted(BIG),
        """
        INSERT INTO records (domain_id, name, type, content, ttl)
        SELECT d.id, 'h' || i || '.' || d.name, 'A', '192.0.2.1', 3600
        FROM domains d, generate_series(1, %d) i WHERE d.name = '%s'
        """
            .formatted(records, BIG),
        "VACUUM ANALYZE");
  }

  private static void views(Lab lab, BenchDatabase database) throws SQLException {
    List<String> views = new ArrayList<>();
    try (Connection connection = database.connect(NAME);
        Statement statement = connection.createStatement()) {
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT viewname FROM pg_views WHERE schemaname = 'keyward' ORDER BY 1")) {
        while (rows.next()) {
          views.add(rows.getString(1));
        }
      }
      statement.execute("SET statement_timeout = '" + LIMIT_SECONDS + "s'");
      for (String view : views) {
        lab.say("view " + view);
        measure(
            lab,
            "SELECT * FROM keyward." + view,
            () ->
                statement
                    .executeQuery("SELECT count(v::TEXT) FROM keyward." + view + " v")
                    .close());
      }
    }
  }

  private static void commands(Lab lab, BenchDatabase database, int records) throws Exception {
    Path folder = Files.createDirectory(lab.folder().resolve("cli"));
    SealKey.readOrCreate(KeywardServer.sealKey(folder));
    Path config = folder.resolve("keyward.yaml");
    Files.writeString(config, KeywardServer.storage(folder, database, NAME) + "\n");
    Path file = folder.resolve("big.zone");
    try (var out = Files.newBufferedWriter(file)) {
      out.write("@ 3600 IN SOA ns hm 2 3600 600 604800 3600\n@ 3600 IN NS ns\n");
      for (int i = 0; i < records; i++) {
        out.write("h" + i + " 3600 IN A 192.0.2.2\n");
      }
    }
    for (String words : COMMANDS.subList(0, lab.quick() ? 3 : COMMANDS.size())) {
      lab.say(words);
      List<String> command = new ArrayList<>(List.of("bin/keyward"));
      command.addAll(List.of(words.replace("FILE", file.toString()).split(" ")));
      command.addAll(List.of("--config", config.toString()));
      measure(lab, "keyward " + words, () -> execute(command, folder.resolve("printed"), Map.of()));
    }
    withArchive(lab, config, folder);
  }

  /** As the package runs them: the JVM has its archive of the classes that commands need. */
  private static void withArchive(Lab lab, Path config, Path folder) throws Exception {
    Path archive = folder.resolve("commands.jsa");
    List<String> first = List.of("bin/keyward", "status", SIGNED, "--config", config.toString());
    execute(first, folder.resolve("printed"), Map.of("KEYWARD_ARCHIVE", archive.toString()));
    String options = "-XX:SharedArchiveFile=" + archive + " -Xlog:cds=off -Xlog:cds+dynamic=off";
    for (String words : List.of("--version", "status " + SIGNED, "zone show " + SIGNED)) {
      List<String> command = new ArrayList<>(List.of("bin/keyward"));
      command.addAll(List.of(words.split(" ")));
      if (!words.startsWith("--")) {
        command.addAll(List.of("--config", config.toString()));
      }
      measure(
          lab,
          "keyward " + words + ", with the archive of classes",
          () -> execute(command, folder.resolve("printed"), Map.of("KEYWARD_JAVA_OPTS", options)));
    }
  }

  private static void execute(List<String> command, Path printed, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(printed.toFile()).start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      Programs.stop(process);
      throw new IllegalStateException("not over after " + LIMIT_SECONDS + " s");
    }
    if (process.exitValue() > 1) { // 1: a check found something
      List<String> lines = Files.readAllLines(printed);
      throw new IllegalStateException(lines.isEmpty() ? "failed" : lines.get(0));
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  /** What cannot be measured is a note; the others are measured all the same. */
  private static void measure(Lab lab, String what, Work work) {
    long start = System.nanoTime();
    try {
      work.run();
      lab.report().measured(what, "s", (System.nanoTime() - start) / 1e9);
    } catch (Exception e) {
      lab.report().note(what + ": " + e.getMessage());
    }
  }
}
