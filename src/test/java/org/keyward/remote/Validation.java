package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Asks validators and verifiers about one signed zone of a PowerDNS, with the zone's KSK as the
 * only trust anchor.
 */
final class Validation {
  private static final int AT_ONCE = 3;

  /** Every answer is validated by unbound; of so many, one by delv too. */
  private static final int DELV_EVERY = Boolean.getBoolean("keyward.test.thorough") ? 1 : 10;

  private final PowerDns powerDns;
  private final String zone;
  private final Path directory;
  private final Path anchor;

  /**
   * @param zone with its last dot
   * @param directory for files, private to this object
   */
  Validation(PowerDns powerDns, String zone, Path directory) throws IOException {
    this.powerDns = powerDns;
    this.zone = zone;
    this.directory = directory;
    this.anchor = directory.resolve("anchor");
    String[] ksk =
        powerDns.digShort(zone, "DNSKEY").stream()
            .filter(line -> line.startsWith("257 "))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no KSK is published in " + zone))
            .split(" ", 4);
    Files.writeString(
        anchor,
        "trust-anchors { \"%s\" static-key 257 %s %s \"%s\"; };\n"
            .formatted(zone, ksk[1], ksk[2], ksk[3].replace(" ", "")));
  }

  record Question(String name, String type) {}

  /** What validators say of answers that no chain of trust leads to. */
  static boolean isInsecure(String failure) {
    return failure.startsWith("insecure ") || failure.contains("unsigned answer");
  }

  String delv(Question question) {
    return Delv.ask(powerDns.port(), anchor.toString(), zone, question.name(), question.type());
  }

  void unboundAccepts(String name, String type) throws IOException {
    String said = unbound(new Question(name, type));
    assertThat(said).as(name + " " + type).isNotBlank();
    assertThat(said.lines()).allMatch(line -> line.endsWith("(secure)"));
  }

  /** What unbound says, with the KSK as its only trust anchor. */
  String unbound(Question question) throws IOException {
    Path config = Files.createTempFile(directory, "unbound", ".conf");
    Files.writeString(
        config,
        """
        server:
          do-not-query-localhost: no
          trust-anchor: "%1$s DNSKEY %2$s"
        stub-zone:
          name: "%1$s"
          stub-addr: 127.0.0.1@%3$d
        """
            .formatted(zone, key(), powerDns.port()));
    return PowerDns.run(
        List.of(
            "unbound-host", "-C", config.toString(), "-v", "-t", question.type(), question.name()));
  }

  private String key() throws IOException {
    return Files.readString(anchor)
        .replaceFirst("(?s).*static-key (.*);.*;.*", "$1")
        .replace("\"", "");
  }

  static boolean isValid(String answer) {
    return answer.contains("; fully validated")
        || answer.contains("; negative response, fully validated");
  }

  /** The questions whose answers are not proved, each with what a validator says. */
  List<String> failures(List<Question> questions) throws Exception {
    List<String> failures = new ArrayList<>(unboundFailures(questions));
    failures.addAll(
        delvFailures(
            IntStream.range(0, questions.size())
                .filter(i -> i % DELV_EVERY == 0)
                .mapToObj(questions::get)
                .toList()));
    return failures;
  }

  /**
   * The same in a zone with these parameters (null or empty: NSEC): with opt-out, what only an
   * opt-out span covers is insecure and not bogus (RFC 5155, section 9.2).
   */
  List<String> failures(List<Question> questions, String nsec3param) throws Exception {
    boolean optOut = nsec3param != null && nsec3param.startsWith("1 1");
    return failures(questions).stream()
        .filter(failure -> !optOut || !isInsecure(failure))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /** The same with unbound alone. */
  List<String> unboundFailures(List<Question> questions) throws IOException {
    return new UnboundBatch(zone, powerDns.port(), zone + " DNSKEY " + key())
        .faults(
            questions.stream()
                .map(question -> new UnboundBatch.Question(question.name(), question.type()))
                .toList());
  }

  /** The same with delv alone, every question. */
  List<String> delvFailures(List<Question> questions) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<String>> answers =
          questions.stream().map(q -> pool.submit(() -> delv(q))).toList();
      List<String> failures = new ArrayList<>();
      for (int i = 0; i < answers.size(); i++) {
        if (!isValid(answers.get(i).get())) {
          failures.add(questions.get(i) + ": " + answers.get(i).get().strip());
        }
      }
      return failures;
    } finally {
      pool.shutdownNow();
    }
  }

  List<String> transfer(String... more) {
    List<String> arguments = new ArrayList<>(List.of("+noall", "+answer", "+onesoa", zone, "AXFR"));
    arguments.addAll(List.of(more));
    return powerDns
        .dig(arguments.toArray(String[]::new))
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(";"))
        .toList();
  }

  void verifyTransfer() throws IOException {
    Path file = directory.resolve("transferred");
    Files.write(file, transfer());
    assertThat(PowerDns.run(List.of("ldns-verify-zone", file.toString())))
        .contains("is verified and complete");
    assertThat(PowerDns.run(List.of("dnssec-verify", "-o", zone, file.toString())))
        .contains("fully signed");
  }

  /** Signs the transferred zone anew with another program, and compares the denial chains. */
  void compareChainWithAnotherSigner(String nsec3param) throws IOException {
    List<String> rows = transfer();
    Path unsigned = directory.resolve("unsigned");
    Files.write(
        unsigned,
        rows.stream()
            .filter(row -> !type(row).matches("RRSIG|NSEC|NSEC3|NSEC3PARAM|DNSKEY"))
            .toList());
    Path signed = directory.resolve("signed");
    String said =
        PowerDns.run(
            List.of(
                "sh",
                "-c",
                "cd '"
                    + directory
                    + "' && "
                    + signer(nsec3param).replace("ZONE", "'" + zone + "'")));
    assertThat(signed).as(said).exists();
    boolean optOut = nsec3param != null && nsec3param.startsWith("1 1");
    Set<String> expected = chain(Files.readAllLines(signed), optOut);
    Set<String> found = chain(rows, optOut);
    assertThat(found).isNotEmpty();
    assertThat(found.stream().filter(row -> !expected.contains(row))).as("too many").isEmpty();
    assertThat(expected.stream().filter(row -> !found.contains(row))).as("missing").isEmpty();
  }

  /** With opt-out ldns-signzone leaves nothing out, so BIND's signer is asked. */
  private static String signer(String nsec3param) {
    if (nsec3param == null) {
      return "ldns-signzone -o ZONE -f signed unsigned $(ldns-keygen -a ECDSAP256SHA256 ZONE)";
    }
    String[] fields = nsec3param.split(" ");
    if (fields[1].equals("1")) {
      return "K=$(dnssec-keygen -q -a ECDSAP256SHA256 ZONE) && cat unsigned $K.key > keyed"
          + " && dnssec-signzone -P -z -q -O full -A -3 "
          + fields[3]
          + " -H "
          + fields[2]
          + " -o ZONE -f signed keyed $K";
    }
    return "ldns-signzone -o ZONE -n -t "
        + fields[2]
        + (fields[3].equals("-") ? "" : " -s " + fields[3])
        + " -f signed unsigned $(ldns-keygen -a ECDSAP256SHA256 ZONE)";
  }

  private static String type(String row) {
    return row.split("\\s+", 5)[3];
  }

  /**
   * @param optOut without empty non-terminals and what is next: BIND leaves out of an opt-out chain
   *     those above insecure delegations
   */
  private static Set<String> chain(List<String> rows, boolean optOut) {
    Set<String> chain = new TreeSet<>();
    for (String row : rows) {
      String[] fields = row.split("\\s+", 5);
      if (fields.length == 5 && fields[3].matches("NSEC|NSEC3")) {
        List<String> words =
            new ArrayList<>(List.of(fields[4].split(";")[0].strip().split("\\s+")));
        int fixed = fields[3].equals("NSEC") ? 1 : 5;
        List<String> types = words.subList(Math.min(fixed, words.size()), words.size());
        Collections.sort(types);
        if (optOut && types.isEmpty()) {
          continue;
        }
        List<String> said = optOut ? types : words;
        chain.add((fields[0] + " " + String.join(" ", said)).toLowerCase(Locale.ROOT));
      }
    }
    return chain;
  }
}
