package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.config.ListenAddress;
import org.keyward.parent.ResolverParentDs;
import org.keyward.remote.UnboundBatch.Question;
import org.keyward.signing.ParentDs;
import org.xbill.DNS.Name;

/** The main job, as a user sees it: zones in PostgreSQL, a KSK on a token, a validator says yes. */
class MainJobIT {
  private static final String EXAMPLE = "example.com.";
  private static final String ROOT = ".";
  private static Installation keyward;

  @BeforeAll
  static void install(@TempDir Path dir) {
    keyward = new Installation(dir);
    keyward.start();
    keyward.cli("zone", "import", "example.com", demoZone("example.com.zone"));
    keyward.cli("zone", "import", ".", demoZone("root-2020-11-27.zone"));
    keyward.cli(
        "assign", "example.com", ".", "--token", Installation.TOKEN, "--label", Installation.KEY);
    keyward.awaitRunways();
    keyward.startPowerDns("http");
    keyward.trust(EXAMPLE);
    keyward.trust(ROOT);
  }

  @AfterAll
  static void stop() {
    if (keyward != null) {
      keyward.close();
    }
  }

  private static String demoZone(String name) {
    return Path.of("src/main/resources/demo", name).toAbsolutePath().toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {EXAMPLE, ROOT})
  void everyNameOfTheZoneValidates(String zone) throws Exception {
    List<Question> questions = new ArrayList<>();
    TreeSet<String> seen = new TreeSet<>();
    for (String line : transfer(zone)) {
      String[] fields = line.split("\\s+", 5);
      boolean secured = fields[3].equals("NSEC") || fields[3].equals("SOA");
      if (secured && seen.add(fields[0])) {
        questions.add(new Question(fields[0], fields[0].equals(zone) ? "NS" : "DS"));
      }
    }
    assertThat(questions).hasSizeGreaterThan(5);
    assertThat(failures(zone, questions)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {EXAMPLE, ROOT})
  void namesThatDoNotExistAreProvedAbsent(String zone) throws Exception {
    Random random = new Random(1);
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String label = "x" + Integer.toString(random.nextInt(Integer.MAX_VALUE), 36);
      questions.add(new Question(zone.equals(ROOT) ? label + "." : label + "." + zone, "A"));
    }
    assertThat(failures(zone, questions)).isEmpty();
  }

  /** Every answer is validated by unbound; of so many, one by delv too. */
  private static List<String> failures(String zone, List<Question> questions) throws Exception {
    List<String> failures = new ArrayList<>(keyward.validators().unboundFaults(zone, questions));
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      List<Future<Optional<String>>> answers = new ArrayList<>();
      for (int i = 0; i < questions.size(); i += Validators.DELV_EVERY) {
        Question question = questions.get(i);
        answers.add(
            pool.submit(
                () -> keyward.validators().delvFault(zone, question.name(), question.type())));
      }
      for (Future<Optional<String>> answer : answers) {
        answer.get().ifPresent(failures::add);
      }
      return failures;
    } finally {
      pool.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {EXAMPLE, ROOT})
  void aTransferVerifies(String zone, @TempDir Path dir) throws IOException {
    Path file = dir.resolve("zone");
    Files.write(file, transfer(zone));
    assertThat(keyward.run("ldns-verify-zone " + file)).contains("is verified and complete");
    assertThat(keyward.run("dnssec-verify -o " + zone + " " + file)).contains("fully signed");
  }

  @ParameterizedTest
  @ValueSource(strings = {EXAMPLE, ROOT})
  void theNsecChainIsThatOfLdnsSignzone(String zone, @TempDir Path dir) throws IOException {
    List<String> rows = transfer(zone);
    Path unsigned = dir.resolve("unsigned");
    Files.write(
        unsigned,
        rows.stream()
            .filter(row -> !row.split("\\s+", 5)[3].matches("RRSIG|NSEC|DNSKEY"))
            .distinct()
            .toList());
    String key =
        new String(
                new ProcessBuilder("ldns-keygen", "-a", "ECDSAP256SHA256", zone)
                    .directory(dir.toFile())
                    .start()
                    .getInputStream()
                    .readAllBytes(),
                java.nio.charset.StandardCharsets.UTF_8)
            .strip();
    keyward.run(
        "ldns-signzone -o "
            + zone
            + " -f "
            + dir.resolve("signed")
            + " "
            + unsigned
            + " "
            + dir.resolve(key));
    assertThat(chain(rows)).isEqualTo(chain(Files.readAllLines(dir.resolve("signed"))));
  }

  private static java.util.Set<String> chain(List<String> rows) {
    return rows.stream()
        .map(row -> row.split("\\s+", 5))
        .filter(fields -> fields.length == 5 && fields[3].equals("NSEC"))
        .map(fields -> (fields[0] + " " + sorted(fields[4])).toLowerCase(java.util.Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Next name, then the types in a fixed order: they come in no particular one. */
  private static String sorted(String nsec) {
    List<String> words = new ArrayList<>(List.of(nsec.strip().split("\\s+")));
    String next = words.remove(0);
    Collections.sort(words);
    return next + " " + String.join(" ", words);
  }

  private static List<String> transfer(String zone) {
    List<String> rows =
        keyward
            .dig("+noall", "+answer", "+onesoa", zone, "AXFR")
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith(";"))
            .toList();
    assertThat(rows).as("transfer of %s", zone).hasSizeGreaterThan(5);
    return rows;
  }

  private static String undotted(String zone) {
    return zone.equals(ROOT) ? zone : zone.replaceFirst("\\.$", "");
  }

  @Test
  void theTokenIsAskedOncePerZoneAndStep() throws Exception {
    JsonNode audit = new ObjectMapper().readTree(keyward.cli("audit", "list", "--json"));
    for (String zone : List.of(EXAMPLE, ROOT)) {
      long signatures =
          StreamSupport.stream(audit.spliterator(), false)
              .filter(row -> row.get("action").asText().equals("KSK_SIGNATURE"))
              .filter(row -> row.get("zone").asText().equals(undotted(zone)))
              .count();
      assertThat(signatures).as("signatures of %s", zone).isEqualTo(5);
    }
  }

  @Test
  void statusSaysForHowLongZonesAreSignedAndWhetherTheTokenIsThere() throws Exception {
    JsonNode status = new ObjectMapper().readTree(keyward.cli("status", "--json"));
    assertThat(status.get("zones"))
        .hasSize(2)
        .allSatisfy(
            zone -> {
              assertThat(zone.get("mode").asText()).isEqualTo("presigned");
              assertThat(zone.get("runway_days").asDouble()).isBetween(35.0, 42.0);
            });
    JsonNode token = status.get("tokens").get(0);
    assertThat(token.get("name").asText()).isEqualTo(Installation.TOKEN);
    assertThat(token.get("reachable").asBoolean()).isTrue();
    assertThat(token.get("queue").asLong()).isZero();
  }

  @Test
  void aZoneThatIsRefusedDoesNotHideTheOthers() {
    keyward.cli("zone", "create", "second.example", "--ns", "ns.second.example");
    assertThatThrownBy(
            () ->
                keyward.cli(
                    "assign",
                    "no.such.zone",
                    "second.example",
                    "--token",
                    Installation.TOKEN,
                    "--label",
                    Installation.KEY))
        .hasMessageContaining("there is no zone no.such.zone")
        .hasMessageContaining("second.example is signed")
        .hasMessageContaining("not assigned: no.such.zone");
    keyward.cli("zone", "delete", "second.example", "--insist", "--reason", "test");
  }

  @Test
  void theParentIsAskedForItsDs(@TempDir Path dir) {
    asksForDs(keyward.dnsPort);
    try (RecursiveResolver resolver = RecursiveResolver.start(dir, EXAMPLE, keyward.dnsPort)) {
      asksForDs(resolver.port());
    }
    ResolverParentDs nobody = parent(Installation.freePort());
    assertThatThrownBy(() -> nobody.of(Name.fromConstantString("secure.example.com.")))
        .isInstanceOf(ParentDs.UnansweredException.class)
        .hasMessageContaining("signing.parent-resolver");
  }

  private static void asksForDs(int port) {
    assertThat(parent(port).of(Name.fromConstantString("secure.example.com."))).isNotEmpty();
    assertThat(parent(port).of(Name.fromConstantString("insecure.example.com."))).isEmpty();
    assertThat(parent(port).of(Name.fromConstantString("nothing.example.com."))).isEmpty();
  }

  private static ResolverParentDs parent(int port) {
    return new ResolverParentDs(new ListenAddress("127.0.0.1", port));
  }

  @Test
  void aResolverThatCannotAskTheParentProvesNothing(@TempDir Path dir) {
    try (RecursiveResolver resolver =
        RecursiveResolver.start(dir, EXAMPLE, Installation.freePort())) {
      assertThatThrownBy(
              () -> parent(resolver.port()).of(Name.fromConstantString("secure.example.com.")))
          .isInstanceOf(ParentDs.UnansweredException.class);
    }
  }

  @Test
  void theAuditTrailVerifies() {
    assertThat(keyward.cli("audit", "verify")).containsIgnoringCase("verified");
  }
}
