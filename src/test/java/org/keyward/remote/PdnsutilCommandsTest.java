package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.config.TokenSettings;
import org.keyward.remote.Pdnsutil.Result;
import org.keyward.store.TestDatabase;
import org.keyward.token.SoftHsm;

/**
 * Every command of pdnsutil of every supported PowerDNS, against a table that says what it does:
 * its exit status, what it prints, and each row of the database that comes or goes.
 */
@Tag("once")
@Timeout(600)
class PdnsutilCommandsTest {
  private static final String SOA = "ns.%1$s h.%1$s 10 3600 600 604800 300";
  private static final String EVERY_ROW =
      """
      SELECT concat_ws(' ', 'zone', name, type, master, account, catalog, options) FROM domains
      UNION ALL SELECT concat_ws(' ', 'record', name, ttl, type, nullif(prio, 0), content) FROM records
      UNION ALL SELECT concat_ws(' ', 'metadata', d.name, kind, content)
        FROM domainmetadata JOIN domains d ON d.id = domain_id
      UNION ALL SELECT concat_ws(' ', 'key', d.name, flags,
          CASE WHEN active THEN 'active' ELSE 'inactive' END,
          CASE WHEN published THEN 'published' ELSE 'unpublished' END,
          CASE WHEN sealed IS NOT NULL THEN 'sealed' ELSE 'IN CLEAR' END)
        FROM keyward.powerdns_private_keys JOIN domains d ON d.id = domain_id
      UNION ALL SELECT concat_ws(' ', 'tsig', name, algorithm) FROM tsigkeys
      UNION ALL SELECT concat_ws(' ', 'autoprimary', ip, nameserver, account) FROM supermasters
      UNION ALL SELECT concat_ws(' ', 'comment', name, type, comment) FROM comments
      UNION ALL SELECT concat_ws(' ', 'request', kind, zone, token, label, algorithm)
        FROM keyward.request
      ORDER BY 1
      """;

  @TempDir Path directory;
  private ServedDatabase served;
  private TokenSettings token;

  @BeforeEach
  void start() throws Exception {
    served = new ServedDatabase(directory, TransactionLimits.DEFAULT);
    token = SoftHsm.token("office", SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", "powerdns");
    execute(
        "INSERT INTO keyward.token_status (name, serial, label, seen_at)"
            + " VALUES ('office', '12', '%s', now())".formatted(token.label().orElseThrow()));
    Files.writeString(
        directory.resolve("editor"),
        """
        #!/bin/sh
        for file; do :; done
        sed -i 's/192[.]0[.]2[.]1$/192.0.2.77/' "$file"
        """);
    Files.setPosixFilePermissions(
        directory.resolve("editor"), PosixFilePermissions.fromString("rwx------"));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    Files.writeString(
        directory.resolve("pem"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder()
                .encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private static Stream<PowerDnsVersion> versions() {
    return PowerDnsVersion.chosen().stream();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void everyCommandDoesWhatTheTableSays(PowerDnsVersion version) throws Exception {
    version.assumeThere();
    Pdnsutil pdnsutil =
        Pdnsutil.configure(
            version,
            directory,
            List.of(
                "launch=remote",
                Form.UNIX.connection(served.servers.socket(), ""),
                "remote-dnssec=yes"));
    List<String> faults = new ArrayList<>();
    int number = 0;
    for (PdnsutilCommand command : PdnsutilCommand.all()) {
      if (command.nameIn(version.name()).isPresent()) {
        new Run(pdnsutil, command, "c" + number++ + ".example").run(faults);
      }
    }
    assertThat(faults).as(() -> String.join("\n", faults)).isEmpty();
  }

  /** One command on a zone of its own, which is gone afterwards. */
  private final class Run {
    private final Pdnsutil pdnsutil;
    private final PdnsutilCommand command;
    private final String zone;

    Run(Pdnsutil pdnsutil, PdnsutilCommand command, String base) {
      this.pdnsutil = pdnsutil;
      this.command = command;
      this.zone = command.zone().replace("{zone}", base);
    }

    void run(List<String> faults) throws IOException, InterruptedException {
      String version = pdnsutil.version().name();
      served.zone(
          zone,
          command.kind(),
          zone + " SOA " + SOA.formatted(zone),
          zone + " NS ns." + zone,
          "ns." + zone + " A 192.0.2.53",
          "www." + zone + " A 192.0.2.1");
      awaitServed(zone);
      if (command.file() != null) {
        Files.writeString(directory.resolve("file"), filled(command.file()));
      }
      for (String before : command.before()) {
        Result prepared = pdnsutil.run(filled(before), "");
        if (prepared.exit() != 0) {
          faults.add(before + " exits with " + prepared.exit() + ": " + prepared.said());
        }
      }
      List<String> rows = served.texts(EVERY_ROW);
      String line = filled(command.nameIn(version).orElseThrow() + " " + command.arguments());
      Result result = pdnsutil.run(line, command.input());
      check(line, result, difference(rows, served.texts(EVERY_ROW)), faults);
      if (command.creates() != null) {
        Files.deleteIfExists(directory.resolve(command.creates()));
      }
      for (String table : List.of("domains", "tsigkeys", "supermasters", "keyward.request")) {
        execute("DELETE FROM " + table);
      }
      awaitServed("");
    }

    private void check(String line, Result result, List<String> stored, List<String> faults) {
      List<String> wanted = command.stored().stream().map(this::filled).sorted().toList();
      if (command.creates() != null && !Files.exists(directory.resolve(command.creates()))) {
        faults.add(line + " has not made " + command.creates());
      }
      boolean nothingToSee = command.says().isEmpty() && wanted.isEmpty();
      if (nothingToSee
          || result.exit() != command.exit()
          || !Pattern.compile(filled(command.says())).matcher(result.said()).find()
          || !stored.equals(wanted)) {
        faults.add(
            "%s\n  exit %d, expected %d\n  stored %s\n  expected %s\n  says %s\n  expected %s"
                .formatted(
                    line,
                    result.exit(),
                    command.exit(),
                    stored,
                    wanted,
                    masked(result.said()),
                    command.says()));
      }
    }

    private static String masked(String said) {
      return said.replaceAll("PrivateKey: \\S+", "PrivateKey: …")
          .replaceAll("(?s)-----BEGIN.*-----END", "-----BEGIN … END");
    }

    private String filled(String text) {
      String filled =
          text.replace("{under}", pdnsutil.version().name().startsWith("4.") ? "" : "." + zone)
              .replace("{zone}", zone)
              .replace("{dir}", directory.toString())
              .replace("{file}", directory.resolve("file").toString())
              .replace("{pem}", directory.resolve("pem").toString())
              .replace("{token}", token.label().orElseThrow());
      return filled.contains("{key}")
          ? filled.replace(
              "{key}", served.texts("SELECT max(id)::text FROM keyward.powerdns_keys").get(0))
          : filled;
    }
  }

  /** Rows that went, with a minus, and rows that came, with a plus. */
  private static List<String> difference(List<String> before, List<String> after) {
    List<String> gone = new ArrayList<>(before);
    after.forEach(gone::remove);
    List<String> come = new ArrayList<>(after);
    before.forEach(come::remove);
    return Stream.concat(gone.stream().map(row -> "- " + row), come.stream().map(row -> "+ " + row))
        .sorted()
        .toList();
  }

  /** Until Keyward has this zone and no other. */
  private void awaitServed(String zone) throws IOException, InterruptedException {
    try (UnixClient client = new UnixClient(served.servers.socket())) {
      for (int i = 0; i < 400; i++) {
        String zones = client.ask("{\"method\":\"getAllDomains\",\"parameters\":{}}");
        if (zone.isEmpty() ? !zones.contains("\"zone\"") : zones.contains("\"" + zone + ".\"")) {
          return;
        }
        Thread.sleep(10);
      }
    }
    throw new AssertionError("Keyward does not see " + zone);
  }

  private void execute(String sql) {
    TestDatabase.jdbi(served.database).useHandle(handle -> handle.execute(sql));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void theTableHasEveryCommand(PowerDnsVersion version) throws Exception {
    version.assumeThere();
    Pdnsutil pdnsutil = Pdnsutil.configure(version, directory, List.of());
    Set<String> inTable = new TreeSet<>();
    for (PdnsutilCommand command : PdnsutilCommand.all()) {
      command.nameIn(version.name()).ifPresent(inTable::add);
    }
    assertThat(inTable).isEqualTo(commands(pdnsutil.run("--help", "").said()));
  }

  /** The commands in {@code pdnsutil --help}: lines that begin with a word in lower case. */
  private static Set<String> commands(String help) {
    Pattern command =
        Pattern.compile(
            "^((?:autoprimary|catalog|hsm|metadata|network|rrset|tsigkey|view|zone) )?"
                + "[a-z][a-z0-9-]*(?= |$)");
    Set<String> commands = new TreeSet<>();
    help.lines()
        .map(command::matcher)
        .forEach(
            line -> {
              if (line.find()) {
                commands.add(line.group());
              }
            });
    commands.remove("pdnsutil");
    return commands;
  }

  @Test
  void theDocumentIsMadeFromTheTable() throws IOException {
    String made = PdnsutilDocument.markdown(PdnsutilCommand.all());
    if (Boolean.getBoolean("keyward.samples.write")) {
      Files.writeString(PdnsutilDocument.PATH, made);
    }
    assertThat(Files.readString(PdnsutilDocument.PATH)).isEqualTo(made);
  }

  /** Moving zones means to make them, which the protocol has no call for. */
  @ParameterizedTest
  @MethodSource("versions")
  void zonesAreNotMovedHereFromAnotherBackend(PowerDnsVersion version) throws Exception {
    version.assumeThere();
    Path other = Files.createDirectory(directory.resolve("o"));
    try (ServedDatabase old = new ServedDatabase(other, TransactionLimits.DEFAULT)) {
      old.zone("old.example", "MASTER", "old.example SOA " + SOA.formatted("old.example"));
      Pdnsutil pdnsutil =
          Pdnsutil.configure(
              version,
              other,
              List.of(
                  "launch=remote,remote:old",
                  Form.UNIX.connection(served.servers.socket(), ""),
                  "remote-dnssec=yes",
                  "remote-old-connection-string=unix:path=" + old.servers.socket(),
                  "remote-old-dnssec=yes"));
      Result moved = pdnsutil.run("b2b-migrate remote-old remote", "");
      assertThat(moved.said())
          .containsPattern("Failed to create zone|Target backend does not support zone creation");
      assertThat(moved.exit()).isEqualTo(1);
      assertThat(served.texts(EVERY_ROW)).isEmpty();
    }
  }

  /** Scripts that were written for 4.x go on working. */
  @ParameterizedTest
  @ValueSource(strings = "5.1")
  void namesOfOldAreStillKnown(String name) throws Exception {
    Pdnsutil pdnsutil =
        Pdnsutil.configure(PowerDnsVersion.named(name), directory, List.of("launch="));
    List<String> unknown = new ArrayList<>();
    for (PdnsutilCommand command : PdnsutilCommand.all()) {
      if (command.renamed() != null
          && pdnsutil.run(command.command(), "").said().contains("Unknown")) {
        unknown.add(command.command());
      }
    }
    assertThat(unknown).isEmpty();
  }
}
