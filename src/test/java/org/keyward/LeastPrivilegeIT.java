package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.EmbeddedDatabase;

/** The two roles, each with a login of its own that may do no more than the role needs. */
@Tag("once")
class LeastPrivilegeIT {
  private static final String ZONE = "example.com.";

  @Test
  void eachRoleWorksWithItsOwnRightsAlone(@TempDir Path dir) throws Exception {
    try (EmbeddedDatabase server = EmbeddedDatabase.open(dir.resolve("postgres"), true);
        Installation keyward =
            new Installation(
                dir,
                database(dir, server, "postgres", dir.resolve("postgres/postgres-password")))) {
      keyward.write("seal-key", Base64.getEncoder().encodeToString(new byte[32]));
      keyward.cli("migrate");
      Path serve = keyward.configure("serve.yaml", login(keyward, server, "serve"));
      Path sign = keyward.configure("sign.yaml", login(keyward, server, "sign"));
      keyward.start(serve, sign);
      keyward.cli("zone", "create", ZONE, "--ns", "ns." + ZONE);
      keyward.cli("assign", ZONE, "--token", Installation.TOKEN, "--label", Installation.KEY);
      keyward.startPowerDns("unix");
      keyward.trust(ZONE);
      assertThat(keyward.delv(ZONE, ZONE, "SOA")).contains("; fully validated");
      assertThat(keyward.delv(ZONE, "nothing." + ZONE, "A"))
          .contains("; negative response, fully validated");
      // A broken row is reported by the server, and the signer's work is audited by the signer.
      psql(server, "ALTER TABLE records DISABLE TRIGGER USER");
      psql(
          server,
          "INSERT INTO records (domain_id, name, type, content, ttl)"
              + " SELECT id, 'bad.example.com', 'A', 'not an address', 60 FROM domains");
      psql(server, "ALTER TABLE records ENABLE TRIGGER USER");
      psql(server, "SELECT keyward.touch_zone(id) FROM domains");
      Installation.await(
          "the broken record to be reported",
          java.time.Duration.ofSeconds(30),
          () -> psql(server, "SELECT name FROM keyward.problems").contains("bad.example.com"));
      // The signer puts its keys where PowerDNS finds them, and cannot read them there.
      assertThat(keyward.cli("mode", ZONE, "powerdns")).contains("goes over to PowerDNS");
      psql(server, "UPDATE keyward.assignment SET mode_half = '0'");
      Installation.await(
          "the assignment to end",
          java.time.Duration.ofSeconds(30),
          () -> psql(server, "SELECT state FROM keyward.assignment").contains("ended"));
      assertThat(psql(server, "SELECT count(*) FROM keyward.sealed_key WHERE active").strip())
          .isEqualTo("2");
      assertThat(keyward.cli("audit", "verify")).containsIgnoringCase("verified");
      assertThat(psql(server, "SELECT DISTINCT usename FROM pg_stat_activity"))
          .contains("serve_login", "sign_login");
    }
  }

  /** The configuration of a login that has the rights of one role. */
  private static String login(Installation keyward, EmbeddedDatabase server, String role)
      throws Exception {
    String password = "of-" + role;
    psql(
        server,
        "CREATE ROLE %1$s_login LOGIN PASSWORD '%2$s' IN ROLE keyward_%1$s"
            .formatted(role, password));
    keyward.write(role + "-password", password);
    return database(keyward.dir, server, role + "_login", keyward.dir.resolve(role + "-password"));
  }

  private static String database(Path dir, EmbeddedDatabase server, String user, Path password) {
    return """
        database: { url: "jdbc:postgresql://127.0.0.1:%d/postgres", user: %s, password-file: %s }
        secrets: { key-file: %s }
        """
        .formatted(server.port(), user, password, dir.resolve("seal-key"));
  }

  private static String psql(EmbeddedDatabase server, String statement)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(List.of("psql", "-X", "-q", "-A", "-t", "-c", statement))
            .redirectErrorStream(true);
    builder.environment().putAll(server.psqlEnvironment());
    Process process = builder.start();
    process.getOutputStream().close();
    String printed =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }
}
