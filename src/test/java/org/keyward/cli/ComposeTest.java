package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.keyward.cli.ContainerFiles.names;
import static org.keyward.cli.ContainerFiles.scripts;
import static org.keyward.cli.ContainerFiles.texts;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.app.PowerDnsConfig;
import org.keyward.app.PowerDnsConfig.Demand;
import org.keyward.app.PowerDnsTools;
import org.keyward.config.ConfigLoader;
import org.keyward.config.KeywardConfig;

/**
 * Holds docker-compose.yml and the Dockerfile against each other, the code and the project's files.
 * ComposeIT runs what they run without an engine, bin/test-containers with one.
 */
class ComposeTest {
  private static final Set<String> IMAGES = Set.of("postgres:17");
  private static final Set<String> SERVICE_KEYS =
      Set.of(
          "image",
          "environment",
          "secrets",
          "volumes",
          "healthcheck",
          "restart",
          "build",
          "entrypoint",
          "command",
          "depends_on",
          "ports",
          "cap_drop",
          "cap_add",
          "security_opt",
          "read_only",
          "tmpfs");
  private static final Pattern COPY = Pattern.compile("COPY (?:--from=(\\S+) )?(.*) (\\S+)");

  @TempDir Path dir;
  private Map<String, List<String>> stages;
  private JsonNode compose;
  private JsonNode services;

  @BeforeEach
  void parse() throws IOException {
    stages = ContainerFiles.dockerfile();
    compose = ContainerFiles.compose();
    services = compose.get("services");
  }

  @Test
  void servicesUseWhatIsDeclaredAndNothingIsLeftOver() throws Exception {
    Set<String> secrets = new TreeSet<>();
    Set<String> volumes = new TreeSet<>();
    Set<String> targets = new TreeSet<>(Set.of("build"));
    services
        .properties()
        .forEach(
            entry -> {
              JsonNode service = entry.getValue();
              service.fieldNames().forEachRemaining(key -> assertThat(SERVICE_KEYS).contains(key));
              if (service.has("image")) {
                assertThat(IMAGES).contains(service.get("image").asText());
              } else {
                targets.add(service.at("/build/target").asText());
              }
              texts(service.get("secrets")).forEach(secrets::add);
              texts(service.get("volumes"))
                  .map(volume -> volume.split(":")[0])
                  .forEach(
                      source -> {
                        if (source.startsWith("./")) {
                          assertThat(Path.of(source)).exists();
                        } else {
                          volumes.add(source);
                        }
                      });
            });
    assertThat(secrets).isEqualTo(names(compose.get("secrets")));
    assertThat(volumes).isEqualTo(names(compose.get("volumes")));
    assertThat(targets).isEqualTo(new TreeSet<>(stages.keySet()));
  }

  /** Whoever gets into a container can change nothing in it and become nobody else. */
  @Test
  void noServiceHasMoreThanItNeeds() {
    for (String name : names(services)) {
      JsonNode service = services.get(name);
      assertThat(texts(service.get("cap_drop"))).as(name).containsExactly("ALL");
      assertThat(texts(service.get("security_opt")))
          .as(name)
          .containsExactly("no-new-privileges:true");
      assertThat(service.path("read_only").asBoolean()).as("%s is read-only", name).isTrue();
      assertThat(texts(service.get("tmpfs"))).as(name).anyMatch(at -> at.startsWith("/tmp"));
      // The image of PostgreSQL starts as root and becomes another user; all others have USER.
      if (service.has("image")) {
        assertThat(texts(service.get("cap_add")))
            .containsExactly("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID");
      } else {
        assertThat(service.has("cap_add")).as(name).isFalse();
        assertThat(stages.get(service.at("/build/target").asText()))
            .as(name)
            .anyMatch(line -> line.startsWith("USER "));
      }
    }
  }

  @Test
  void theSecretsAreThoseThatTheScriptMakes() throws Exception {
    Path script = Files.copy(Path.of("docker/make-secrets"), dir.resolve("make-secrets"));
    assertThat(new ProcessBuilder("sh", script.toString()).start().waitFor()).isZero();
    Set<String> made = new TreeSet<>();
    try (Stream<Path> files = Files.list(dir.resolve("secrets"))) {
      files.forEach(file -> made.add(file.getFileName().toString()));
    }
    compose
        .get("secrets")
        .properties()
        .forEach(
            secret ->
                assertThat(secret.getValue().get("file").asText())
                    .isEqualTo("./docker/secrets/" + secret.getKey()));
    assertThat(made).isEqualTo(names(compose.get("secrets")));
    assertThat(Files.readAllLines(Path.of(".gitignore"))).contains("docker/secrets/");
    assertThat(Files.readAllLines(Path.of(".dockerignore"))).endsWith("docker/secrets");
  }

  @Test
  void eachServiceHasTheSecretsThatItReadsAndNoOther() throws Exception {
    for (String name : names(services)) {
      Set<String> read = new TreeSet<>();
      Matcher matcher = Pattern.compile("/run/secrets/([a-z.-]+)").matcher(whatItReads(name));
      while (matcher.find()) {
        read.add(matcher.group(1));
      }
      assertThat(texts(services.get(name).get("secrets")))
          .as("secrets of %s", name)
          .containsExactlyInAnyOrderElementsOf(read);
    }
  }

  /** The service itself, its script, and the configurations that its commands load. */
  private String whatItReads(String name) throws IOException {
    JsonNode service = services.get(name);
    StringBuilder text = new StringBuilder(service.toString());
    for (Path file : scripts(service)) {
      text.append(Files.readString(file));
    }
    if ("check".equals(service.at("/build/target").asText())) {
      text.append(Files.readString(Path.of("docker/check")));
    }
    // PowerDNS reads each .conf there.
    if (text.indexOf("--include-dir=/run/secrets") >= 0) {
      text.append(" /run/secrets/tools.conf");
    }
    boolean signs = text.indexOf("/etc/keyward/sign.yaml") >= 0;
    boolean keyward = "keyward".equals(service.at("/build/target").asText());
    if (signs) {
      text.append(Files.readString(Path.of("docker/sign.yaml")));
    } else if (keyward) {
      text.append(Files.readString(Path.of("docker/keyward.yaml")));
    }
    return text.toString();
  }

  @Test
  void theConfigurationsAreValidAndFitTheVolumesAndPorts() throws Exception {
    KeywardConfig serve = load("keyward.yaml");
    KeywardConfig sign = load("sign.yaml");
    assertThat(serve.tokens()).as("tokens of the server, which must not have one").isEmpty();
    assertThat(sign.tokens()).hasSize(1);
    String socket = serve.backend().unix().orElseThrow().toString();
    for (String service : List.of("serve", "powerdns")) {
      assertThat(mounts(service)).contains("socket:" + Path.of(socket).getParent());
    }
    assertThat(Files.readString(pdnsConf()))
        .contains("pipe:command=/usr/bin/keyward-relay " + socket + " ");
    String tokens =
        Files.readString(Path.of("docker/softhsm2.conf"))
            .replaceFirst("(?s).*tokendir = (\\S+).*", "$1");
    for (String service : List.of("setup", "sign")) {
      assertThat(mounts(service)).contains("tokens:" + tokens);
    }
    for (String folder :
        List.of(
            tokens,
            Path.of(socket).getParent() + "",
            serve.cache().orElseThrow().dir().toString(),
            "/anchors")) {
      // A new volume takes the owner of the folder in the image.
      assertThat(String.join("\n", stages.get("keyward"))).contains(folder);
    }
    assertThat(mounts("serve")).contains("copy:" + serve.cache().orElseThrow().dir());
    int admin = serve.admin().http().port();
    assertThat(texts(services.at("/serve/ports")))
        .containsExactly("127.0.0.1:%d:%1$d".formatted(admin));
    assertThat(texts(services.at("/serve/healthcheck/test")))
        .contains("http://127.0.0.1:" + admin + "/readyz");
    assertThat(Files.readString(Path.of("src/main/java/org/keyward/http/HealthRoutes.java")))
        .contains("\"/readyz\"");
  }

  /** As the README says: more than 1,000 records do not go over the unix socket. */
  @Test
  void powerDnsAsksOverWhatItsLargestZoneNeeds() throws Exception {
    long records = 0;
    try (Stream<Path> zones = Files.list(Path.of("src/main/resources/demo"))) {
      for (Path zone : zones.filter(file -> file.toString().endsWith(".zone")).toList()) {
        records = Math.max(records, Files.readAllLines(zone).size());
      }
    }
    Demand demand =
        new Demand(false, 1_000, Math.toIntExact(records), false, Path.of(Demand.RELAY));
    String printed = PowerDnsConfig.render("4.7", load("keyward.yaml").backend(), demand);
    assertThat(connection(Files.readString(pdnsConf()))).isEqualTo(connection(printed));
  }

  /**
   * It reads the password and the API's key from a secret, as a file of the host is nobody's alone.
   */
  @Test
  void thePowerDnsForToolsHasWhatTheGeneratorPrints() throws Exception {
    Path conf = Path.of("docker/pdns-tools.conf");
    String printed =
        PowerDnsTools.render(
            "4.7",
            load("keyward.yaml").database().orElseThrow(),
            "powerdns_tools",
            Path.of("/etc/powerdns/tools.pgpass"));
    if (Boolean.getBoolean("keyward.samples.write")) {
      Files.writeString(conf, printed);
    }
    assertThat(conf).hasContent(printed);
    assertThat(mounts("tools")).containsExactly("./" + conf + ":/etc/powerdns/pdns.conf:ro");
    assertThat(texts(services.at("/tools/command"))).contains("--include-dir=/run/secrets");
    assertThat(Files.readString(Path.of("docker/logins.sh")))
        .contains("CREATE ROLE powerdns_tools LOGIN")
        .contains("IN ROLE keyward_tools");
  }

  private static String connection(String conf) {
    return conf.replaceFirst("(?s).*remote-connection-string=([a-z]+):.*", "$1");
  }

  private Path pdnsConf() {
    String mount =
        mounts("powerdns").stream()
            .filter(text -> text.endsWith("pdns.conf:ro"))
            .findAny()
            .orElseThrow();
    assertThat(mount).endsWith(":/etc/powerdns/pdns.conf:ro");
    return Path.of(mount.split(":")[0]);
  }

  private List<String> mounts(String service) {
    return texts(services.get(service).get("volumes")).toList();
  }

  /** With secrets of its own in place of the containers'. */
  private KeywardConfig load(String name) throws IOException {
    for (String secret : names(compose.get("secrets"))) {
      Files.writeString(dir.resolve(secret), "secret\n");
    }
    Files.writeString(
        dir.resolve("seal-key"), java.util.Base64.getEncoder().encodeToString(new byte[32]));
    String text = Files.readString(Path.of("docker", name)).replace("/run/secrets", dir.toString());
    Path file = Files.writeString(dir.resolve(name), text);
    return ConfigLoader.load(Optional.of(file), Map.of());
  }

  @Test
  void powerDnsListensWhereTheOthersLook() {
    String command = services.at("/powerdns/command").toString();
    String port = command.replaceFirst(".*local-port=(\\d+).*", "$1");
    assertThat(texts(services.at("/powerdns/ports")))
        .containsExactly(
            "127.0.0.1:" + port + ":" + port + "/udp", "127.0.0.1:" + port + ":" + port + "/tcp");
    assertThat(texts(services.at("/check/command")))
        .containsExactly("powerdns", port, "/anchors", "http://tools:8081");
    String sockets = command.replaceFirst(".*--socket-dir=([^\"]*)\".*", "$1");
    assertThat(texts(services.at("/powerdns/healthcheck/test")))
        .contains("--socket-dir=" + sockets);
    assertThat(texts(services.at("/powerdns/tmpfs"))).contains(sockets);
  }

  @Test
  void everyKeywardCommandIsOne() throws Exception {
    List<String> commands = new ArrayList<>();
    for (String name : List.of("serve", "sign")) {
      commands.add(String.join(" ", texts(services.get(name).get("command")).toList()));
    }
    for (String script : List.of("setup", "demo-zones")) {
      Matcher called =
          Pattern.compile("(?m)(?<![/\\w\"])keyward ([^|>\n]*?)(?: 2>.*| \\|.*| >.*)?$")
              .matcher(Files.readString(Path.of("docker", script)).replace("\\\n", " "));
      while (called.find()) {
        commands.add(called.group(1).replaceAll("\"[^\"]*\"", "quoted").strip());
      }
    }
    assertThat(commands).hasSize(9);
    for (String command : commands) {
      KeywardCommand.commandLine().parseArgs(command.split("\\s+"));
    }
    assertThat(stages.get("keyward"))
        .contains("ENTRYPOINT [\"/usr/bin/keyward\"]", "CMD [\"serve\"]", "USER keyward");
  }

  /** Also those of scripts: KEYWARD_… as docs/reference/configuration.md has them. */
  @Test
  void everyVariableIsKnown() throws Exception {
    String reference = Files.readString(Path.of("docs/reference/configuration.md"));
    StringBuilder all = new StringBuilder(Files.readString(Path.of("docker-compose.yml")));
    all.append(Files.readString(Path.of("Dockerfile")));
    try (Stream<Path> files = Files.list(Path.of("docker"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(Files.readString(file));
      }
    }
    Matcher variable = Pattern.compile("\\bKEYWARD_[A-Z_]+").matcher(all);
    while (variable.find()) {
      assertThat(reference).contains("`" + variable.group() + "`");
    }
    Set<String> postgres = names(services.at("/postgres/environment"));
    assertThat(postgres).containsExactly("POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_USER");
    Matcher used =
        Pattern.compile("POSTGRES_[A-Z]+").matcher(Files.readString(Path.of("docker/logins.sh")));
    while (used.find()) {
      assertThat(postgres).contains(used.group());
    }
    assertThat(load("keyward.yaml").database().orElseThrow().url())
        .isEqualTo(
            "jdbc:postgresql://postgres/"
                + services.at("/postgres/environment/POSTGRES_DB").asText());
  }

  @Test
  void whatTheImagesCopyIsThere() throws Exception {
    for (Map.Entry<String, List<String>> stage : stages.entrySet()) {
      for (String line : stage.getValue()) {
        Matcher copy = COPY.matcher(line);
        if (copy.matches() && copy.group(1) == null) {
          Stream.of(copy.group(2).split(" ")).forEach(source -> assertCopied(line, source));
        } else if (copy.matches()) {
          assertThat(stages).containsKey(copy.group(1));
          assertThat(Files.readString(Path.of("pom.xml")))
              .contains("${project.build.directory}/keyward.jar");
        }
        if (line.matches("(ENTRYPOINT|CMD) .*")) {
          String json = line.substring(line.indexOf(' '));
          assertThat(new JsonMapper().readValue(json, new TypeReference<List<String>>() {}))
              .isNotEmpty();
        }
      }
    }
    for (String script : List.of("setup", "demo-zones", "check", "logins.sh", "make-secrets")) {
      assertThat(Path.of("docker", script)).isExecutable();
    }
    // Without its options for the JVM the compiler's checks end the build.
    assertThat(stages.get("build")).contains("COPY .mvn .mvn");
    String keyward = String.join("\n", stages.get("keyward"));
    for (JsonNode service : services) {
      scripts(service).stream()
          .filter(script -> !script.endsWith("logins.sh"))
          .forEach(script -> assertThat(keyward).contains(script.toString()));
    }
    // The place where bin/keyward looks for the jar, and SoftHSM's for its configuration.
    assertThat(Files.readString(Path.of("bin/keyward"))).contains("/usr/share/keyward/keyward.jar");
    assertThat(keyward)
        .contains("/usr/share/keyward/keyward.jar", "SOFTHSM2_CONF=/etc/keyward/softhsm2.conf");
  }

  /** .dockerignore leaves out all but what it names. */
  private static void assertCopied(String line, String source) {
    assertThat(Path.of(source)).as(line).exists();
    List<String> sent =
        ContainerFiles.lines(Path.of(".dockerignore")).stream()
            .filter(word -> word.startsWith("!"))
            .map(word -> word.substring(1))
            .toList();
    assertThat(sent)
        .as("%s: in .dockerignore", line)
        .anyMatch(word -> source.equals(word) || source.startsWith(word + "/"));
  }

  @Test
  void whatWaitsWaitsForWhatCanComeTrue() {
    for (String name : names(services)) {
      JsonNode waits = services.get(name).path("depends_on");
      for (Map.Entry<String, JsonNode> other : waits.properties()) {
        JsonNode service = services.get(other.getKey());
        assertThat(service).as("%s waits for %s", name, other.getKey()).isNotNull();
        switch (other.getValue().get("condition").asText()) {
          case "service_healthy" -> assertThat(service.has("healthcheck")).isTrue();
          case "service_completed_successfully" ->
              assertThat(service.get("restart").asText()).isEqualTo("no");
          case "service_started" -> assertThat(service.get("restart").asText()).isNotEqualTo("no");
          default -> throw new AssertionError(name + ": " + other.getValue());
        }
      }
    }
  }
}
