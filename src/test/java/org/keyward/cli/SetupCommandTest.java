package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.EmbeddedDatabase;

/** {@code keyward setup}, as a process of its own beside a server that is there already. */
@Tag("once")
class SetupCommandTest {
  @TempDir Path dir;

  private record Ended(int status, String printed) {}

  @Test
  void makesWhatIsNotThereAndNothingTwice() throws Exception {
    Path etc = dir.resolve("etc");
    try (EmbeddedDatabase server = EmbeddedDatabase.open(dir.resolve("postgres"), true)) {
      String admin = "postgresql://postgres@127.0.0.1:" + server.port();
      List<String> setup = List.of("setup", "--folder", etc.toString(), "--admin-url", admin);

      Ended dry = keyward(server, setup, "--dry-run", "--yes");
      assertThat(dry.status()).as(dry.printed()).isZero();
      assertThat(dry.printed()).contains("to be made  login keyward_server");
      assertThat(etc).doesNotExist();

      Ended silent = keyward(server, setup);
      assertThat(silent.status()).as("nobody to ask: %s", silent.printed()).isEqualTo(2);
      assertThat(etc).doesNotExist();

      Path pdns = dir.resolve("pdns.conf");
      Ended first = keyward(server, setup, "--yes", "--powerdns-config", pdns.toString());
      assertThat(first.status()).as(first.printed()).isZero();
      assertThat(pdns).content().contains("launch=remote", "/run/keyward/pdns.sock");
      Map<String, String> secrets = secrets(etc);
      assertThat(secrets)
          .containsOnlyKeys(
              "backend-secret", "owner-password", "seal-key", "server-password", "signer-password");
      assertThat(first.printed()).doesNotContain(secrets.values());
      assertThat(secrets.keySet())
          .allSatisfy(
              name ->
                  assertThat(
                          PosixFilePermissions.toString(
                              Files.getPosixFilePermissions(etc.resolve(name))))
                      .isEqualTo("rw-------"));
      String config = etc.resolve("keyward.yaml").toString();
      Ended status = keyward(server, List.of("status", "--config", config));
      assertThat(status.status()).as(status.printed()).isZero();
      assertThat(
              psql(server, "SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreaterole").strip())
          .as("the owner has made its roles, and may make no more")
          .isEqualTo("postgres");

      String yaml = Files.readString(Path.of(config)) + "# mine\n";
      Files.writeString(Path.of(config), yaml);
      Ended second = keyward(server, setup, "--yes", "--powerdns-config", pdns.toString());
      assertThat(second.status()).as(second.printed()).isZero();
      assertThat(second.printed().lines().filter(line -> line.startsWith("made")))
          .singleElement()
          .asString()
          .contains("schema");
      assertThat(secrets(etc)).isEqualTo(secrets);
      assertThat(Path.of(config)).hasContent(yaml);

      Files.delete(etc.resolve("server-password"));
      Ended lost = keyward(server, setup, "--yes");
      assertThat(lost.status()).isEqualTo(1);
      assertThat(lost.printed())
          .contains("the login keyward_server is in the database already", "put it there");
      assertThat(etc.resolve("server-password")).doesNotExist();
    }
  }

  private static Map<String, String> secrets(Path etc) throws Exception {
    Map<String, String> secrets = new TreeMap<>();
    try (Stream<Path> files = Files.list(etc)) {
      for (Path file : files.filter(f -> !f.toString().endsWith(".yaml")).toList()) {
        secrets.put(file.getFileName().toString(), Files.readString(file).strip());
      }
    }
    return secrets;
  }

  private static Ended keyward(EmbeddedDatabase server, List<String> words, String... more)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "--add-exports",
                "jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "org.keyward.Main"));
    command.addAll(words);
    command.addAll(List.of(more));
    return run(server, command);
  }

  private static String psql(EmbeddedDatabase server, String statement) throws Exception {
    return run(server, List.of("psql", "-X", "-At", "-d", "pdns", "-c", statement)).printed();
  }

  private static Ended run(EmbeddedDatabase server, List<String> command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(server.psqlEnvironment());
    Process process = builder.start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), printed);
  }
}
