package org.keyward.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
  @TempDir Path dir;

  @Test
  void everyKeyIsRead() throws IOException {
    KeywardConfig config = load(complete());

    assertThat(config.database())
        .contains(
            new DatabaseSettings(
                "jdbc:postgresql://db/pdns",
                Optional.of("keyward"),
                Optional.of(Secret.of("pass word"))));
    assertThat(config.backend().http()).contains(new ListenAddress("127.0.0.1", 1));
    assertThat(config.backend().unix()).contains(Path.of("/run/keyward/pdns.sock"));
    assertThat(PosixFilePermissions.toString(config.backend().unixMode())).isEqualTo("rw-rw-rw-");
    assertThat(config.backend().hosts()).containsExactly("dns.example", "keyward");
    assertThat(config.backend().secretFile()).contains(Path.of("/etc/keyward/backend-secret"));
    assertThat(config.backend().writes()).isFalse();
    assertThat(config.admin().hosts()).containsExactly("keyward.example");
    assertThat(config.admin().http()).hasToString("[::1]:2");
    assertThat(config.admin().twoPerson()).isTrue();
    assertThat(config.admin().webhook().orElseThrow().getHost()).isEqualTo("hooks.example");
    assertThat(config.admin().runwayWarning()).isEqualTo(Duration.ofDays(10));
    assertThat(config.signing().validity()).isEqualTo(Duration.ofDays(10));
    assertThat(config.signing().step()).isEqualTo(Duration.ofHours(36));
    TokenSettings token = config.tokens().get(0);
    assertThat(token.serial()).contains("DENK0104322");
    assertThat(token.pin()).contains(Secret.of("123456"));
    assertThat(token.permitDeadline()).isEqualTo(Duration.ofSeconds(5));
    assertThat(token.hangTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(SealKey.read(config.sealKeyFile()).bytes()).hasSize(32);
  }

  @Test
  void theEnvironmentWins() throws IOException {
    KeywardConfig config =
        load(
            complete(),
            Map.of(
                "KEYWARD_DATABASE_URL", "jdbc:postgresql://other/pdns",
                "KEYWARD_SIGNING_STEP", "2d",
                "KEYWARD_BACKEND_UNIX_MODE", "0600"));

    assertThat(config.database().orElseThrow().url()).isEqualTo("jdbc:postgresql://other/pdns");
    assertThat(config.signing().step()).isEqualTo(Duration.ofDays(2));
    assertThat(PosixFilePermissions.toString(config.backend().unixMode())).isEqualTo("rw-------");
  }

  @Test
  void allProblemsAreReportedAtOnceEachWithItsKey() throws IOException {
    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                load(
                    """
                    databse: { url: x }
                    admin: { two-person: maybe, webhook: "ftp://SECRET" }
                    database: { user: keyward, port: 5432 }
                    backend: { http: 8053, path: dns }
                    signing: { step: 14d, validity: 14d, runway: soon, mode: magic }
                    tokens:
                      - { name: a, module: /m, serial: x, label: y }
                      - { module: /m, serial: x, pin-file: /nowhere/pin }
                    """));

    assertThat(String.join("\n", refused.problems()))
        .contains("databse: unknown key")
        .contains("; write 'database'")
        .contains("admin.two-person: 'maybe' is neither true nor false")
        .contains("admin.webhook: is not an address such as https://host/path")
        .doesNotContain("SECRET")
        .contains("database.port: unknown key")
        .contains("database.url: is missing")
        .contains("backend.http: '8053' is not HOST:PORT")
        .contains("signing.step: ")
        .contains("signing.runway: 'soon' is not a duration")
        .contains("signing.mode: 'magic'")
        .contains("tokens[0].serial: token a needs either")
        .contains("tokens[1].name: is missing")
        .contains("tokens[1].pin-file: /nowhere/pin cannot be read (no such file)")
        .contains("secrets.key-file: is missing")
        .contains("head -c 32 /dev/urandom");
    assertThat(refused.getMessage()).doesNotContain("\n");
  }

  @Test
  void aCredentialThatIsNotThereIsToldWithWhatToDo() {
    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                load(
                    """
                    tokens:
                      - { name: office, module: /m, serial: x,
                          pin-file: /run/credentials/keyward-test.service/pin }
                    """));
    Path pin = Path.of("/run/credentials/keyward-test.service/pin");

    assertThat(String.join("\n", refused.problems()))
        .contains("tokens[0].pin-file: " + pin + " cannot be read (no such file): systemd has it")
        .contains("'systemctl start keyward-test.service', then run the command with sudo");
    assertThat(SecretFile.unreadable(pin, new AccessDeniedException("pin")))
        .isEqualTo(
            pin
                + " cannot be read (permission denied): systemd has it there while"
                + " keyward-test.service runs, for that service and root alone; run the command"
                + " with sudo");
  }

  @Test
  void aFileThatIsNotYamlIsRefusedWithItsLine() {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> load("backend: {}\nsigning: [\n"));

    assertThat(refused).hasMessageContaining("line 2");
  }

  /** PowerDNS has no login but the path: nobody forgets it without a word. */
  @Test
  void overHttpTheSecretOfThePathIsForgottenOnlyByAWord() throws IOException {
    String yaml = complete().replace("secret-file: /etc/keyward/backend-secret, ", "");
    assertThat(catchThrowableOfType(ConfigException.class, () -> load(yaml)).problems())
        .singleElement()
        .asString()
        .startsWith("backend.secret-file: is missing")
        .contains("head -c 24 /dev/urandom");
    assertThat(load(yaml.replace("path: /dns", "secret-file: none")).backend().secretFile())
        .isEmpty();
    assertThat(load(yaml.replace("http: \"127.0.0.1:1\", ", "")).backend().http()).isEmpty();
  }

  @Test
  void theSecretOfThePathIsMadeOnceAndIsNotShort() throws IOException {
    Path file = dir.resolve("new/backend-secret");
    Secret first = BackendSecret.readOrCreate(file);

    assertThat(first.bytes()).hasSize(32);
    assertThat(BackendSecret.readOrCreate(file)).isEqualTo(first);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    for (String bad :
        new String[] {"short", "with/a/slash/that/cuts/it/in/two", "", "a b".repeat(9)}) {
      Files.writeString(file, bad);
      assertThat(
              catchThrowableOfType(
                  IllegalArgumentException.class, () -> BackendSecret.readOrCreate(file)))
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void aPinCanComeFromTheEnvironment() throws IOException {
    String yaml =
        """
        tokens:
          - { name: office, module: /m, serial: x }
          - { name: vault, module: /m, serial: y, pin-env: VAULT_PIN }
        """;
    KeywardConfig config =
        load(yaml, Map.of("KEYWARD_TOKENS_OFFICE_PIN", "1111", "VAULT_PIN", "2222"));

    assertThat(config.tokens().get(0).pin()).contains(Secret.of("1111"));
    assertThat(config.tokens().get(1).pin()).contains(Secret.of("2222"));
    assertThat(config.toString()).doesNotContain("1111");
  }

  @Test
  void withoutADatabaseTheDefaultsWork() throws IOException {
    KeywardConfig config = load("data-dir: " + dir.resolve("data") + "\n");

    assertThat(config.database()).isEmpty();
    assertThat(config.backend().http()).contains(BackendSettings.DEFAULT_HTTP);
    assertThat(config.backend().unix()).contains(dir.resolve("data/pdns.sock"));
    assertThat(config.admin()).isEqualTo(AdminSettings.DEFAULT);
    assertThat(config.signing()).isEqualTo(SigningSettings.DEFAULT);
    assertThat(config.sealKeyFile()).isEqualTo(dir.resolve("data/seal-key"));
  }

  /** Else whoever may not read it works on another, empty installation. */
  @Test
  void aConfigurationThatIsThereAndCannotBeReadIsAnError() throws IOException {
    Path folder = Files.createDirectory(dir.resolve("etc"));
    Path file = folder.resolve("keyward.yaml");
    assertThat(ConfigLoader.load(Optional.empty(), Map.of(), file).file()).isEmpty();

    Files.createDirectory(file); // root reads every file, and no folder
    assertThat(
            catchThrowableOfType(
                ConfigException.class, () -> ConfigLoader.load(Optional.empty(), Map.of(), file)))
        .hasMessageContaining("cannot be read by " + System.getProperty("user.name"))
        .hasMessageNotContaining("java.");

    Path missing = dir.resolve("missing.yaml");
    assertThat(
            catchThrowableOfType(
                ConfigException.class, () -> ConfigLoader.load(Optional.of(missing), Map.of())))
        .hasMessage(missing + ": there is no such file; name another with --config");
  }

  @Test
  void aPasswordInTheAddressIsNotShown() {
    for (String url :
        new String[] {
          "jdbc:postgresql://h/d?user=u&password=hush1&ssl=true",
          "jdbc:postgresql://u:hush1@h/d",
          "jdbc:postgresql://h/d?PASSWORD=hush1"
        }) {
      assertThat(new DatabaseSettings(url, Optional.empty(), Optional.empty()).toString())
          .contains("****")
          .doesNotContain("hush1");
    }
    assertThat(
            catchThrowableOfType(
                ConfigException.class,
                () -> load("database: { url: \"mysql://u:hush1@h/d\", user: u }\n")))
        .hasMessageNotContaining("hush1");
  }

  @Test
  void theEmbeddedDatabaseIsAWordToo() throws IOException {
    KeywardConfig config =
        load("database: { url: embedded }\nbackend: { http: \"127.0.0.1:1\" }\n");
    assertThat(config.database()).isEmpty();
    assertThat(config.startsDatabase()).isTrue();
    assertThat(load("admin: { two-person: true }\n").startsDatabase()).isFalse();
  }

  @Test
  void theSealKeyIsMadeOnceAndForItsOwnerOnly() throws IOException {
    Path file = dir.resolve("new/seal-key");
    Secret first = SealKey.readOrCreate(file);

    assertThat(SealKey.readOrCreate(file)).isEqualTo(first);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file.getParent().toFile().list()).containsExactly("seal-key");
  }

  @Test
  void durationsAreRead() {
    assertThat(Durations.parse("1d12h")).isEqualTo(Duration.ofHours(36));
    assertThat(Durations.parse("250ms")).isEqualTo(Duration.ofMillis(250));
    assertThat(Durations.parse("2w")).isEqualTo(Duration.ofDays(14));
    assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> Durations.parse("14")))
        .hasMessageContaining("14d");
  }

  private String complete() throws IOException {
    Files.writeString(dir.resolve("password"), "pass word\n");
    Files.writeString(dir.resolve("pin"), "123456\n");
    SealKey.readOrCreate(dir.resolve("seal"));
    return """
    database: { url: "jdbc:postgresql://db/pdns", user: keyward, password-file: %1$s/password, schema: public }
    backend: { http: "127.0.0.1:1", hosts: "dns.example, keyward", unix: /run/keyward/pdns.sock, path: /dns,
               secret-file: /etc/keyward/backend-secret, writes: false, unix-mode: "0666" }
    admin: { http: "[::1]:2", hosts: keyward.example, two-person: true, webhook: "https://hooks.example/x?key=SECRET", runway-warning: 10d }
    tokens:
      - { name: office, module: /lib/m.so, serial: DENK0104322, pin-file: %1$s/pin,
          permit-deadline: 5s, hang-timeout: 7s }
    signing: { mode: presigned, validity: 10d, step: 1d12h, runway: 35d }
    secrets: { key-file: %1$s/seal }
    """
        .formatted(dir);
  }

  private KeywardConfig load(String yaml) throws IOException {
    return load(yaml, Map.of());
  }

  private KeywardConfig load(String yaml, Map<String, String> environment) throws IOException {
    Path file = dir.resolve("keyward.yaml");
    Files.writeString(file, yaml);
    return ConfigLoader.load(Optional.of(file), environment);
  }
}
