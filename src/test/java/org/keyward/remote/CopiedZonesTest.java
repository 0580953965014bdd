package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Copies of zones that others signed: PowerDNS transfers each of them into Keyward and, as the
 * judge, into its own PostgreSQL backend. Both give every answer alike, byte for byte, and give the
 * zone to the next one as it was.
 */
@Tag("once")
@Timeout(1_200)
class CopiedZonesTest {
  private static final boolean THOROUGH = Boolean.getBoolean("keyward.test.thorough");

  private static final List<Integer> TYPES =
      List.of(
          Type.A, Type.TXT, Type.MX, Type.NS, Type.DS, Type.CNAME, Type.ANY, Type.SOA, Type.NSEC);

  /** Made anew by PowerDNS, or refused when they are asked for. */
  private static final Set<Integer> NOT_ASKED = Set.of(Type.RRSIG, Type.NSEC3);

  /** Denied like A, or nothing that a validator asks for. */
  private static final Set<Integer> UNVALIDATED =
      Set.of(Type.ANY, Type.MX, Type.NS, Type.CNAME, Type.SOA, Type.NSEC);

  private static final Map<String, String> UNKNOWN_TO_LDNS =
      Map.of(
          "NINFO", "TYPE56",
          "DSYNC", "TYPE66",
          "DOA", "TYPE259",
          "AMTRELAY", "TYPE260",
          "RESINFO", "TYPE261");

  @TempDir Path folder;

  private record Signed(
      String zone,
      OtherSigner signer,
      String algorithm,
      boolean optedOut,
      boolean digested,
      List<String> parameters) {
    private static final List<String> ALGORITHMS =
        List.of("RSASHA256", "ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519");

    static Signed of(String zone, OtherSigner signer, String algorithm, String... parameters) {
      return new Signed(zone, signer, algorithm, false, false, List.of(parameters));
    }

    Signed optOut() {
      return new Signed(zone, signer, algorithm, true, digested, parameters);
    }

    Signed withDigest() {
      return new Signed(zone, signer, algorithm, optedOut, true, parameters);
    }

    /** With NSEC, with NSEC3 plain, salted and repeated, and both with opt-out. */
    private static Stream<Signed> everyDenial(OtherSigner by, String algorithm) {
      String name = (by.name().charAt(0) + algorithm + ".example").toLowerCase(Locale.ROOT);
      List<List<String>> denials = by.denials();
      return IntStream.range(0, denials.size())
          .mapToObj(i -> of("d" + i + name, by, algorithm, denials.get(i).toArray(String[]::new)))
          .map(zone -> zone.zone().compareTo("d3") < 0 ? zone : zone.optOut());
    }

    static Stream<Signed> crossed() {
      return ALGORITHMS.stream()
          .flatMap(a -> Stream.of(OtherSigner.values()).flatMap(by -> everyDenial(by, a)));
    }
  }

  private static List<Signed> zones() {
    List<Signed> zones =
        new ArrayList<>(
            List.of(
                Signed.of("b13.example", OtherSigner.BIND, "ECDSAP256SHA256"),
                Signed.of("b13o.example", OtherSigner.BIND, "ECDSAP256SHA256", "-3", "-", "-A")
                    .optOut(),
                Signed.of("l13.example", OtherSigner.LDNS, "ECDSAP256SHA256", "-z", "1:1")
                    .withDigest(),
                Signed.of(
                        "k14o.example",
                        OtherSigner.KNOT,
                        "ECDSAP384SHA384",
                        "nsec3: on",
                        "nsec3-opt-out: on",
                        "nsec3-iterations: 3",
                        "nsec3-salt-length: 4")
                    .optOut(),
                Signed.of("p15o.example", OtherSigner.POWERDNS, "ED25519", "1 1 2 abcd").optOut()));
    if (THOROUGH) {
      zones.add(
          Signed.of("k15.example", OtherSigner.KNOT, "ED25519", "zonemd-generate: zonemd-sha512")
              .withDigest());
      Signed.crossed().forEach(zones::add);
    }
    return zones;
  }

  private static Stream<PowerDnsVersion> versions() {
    return PowerDnsVersion.chosen().stream();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void areServedAndGivenAwayAsGpgsqlDoes(PowerDnsVersion version) throws Exception {
    version.assumeThere();
    Path files = Files.createDirectory(folder.resolve("n"));
    List<String> names = sign(files);
    try (Named primary = Named.start(files, names);
        ServedDatabase served =
            new ServedDatabase(
                Files.createDirectory(folder.resolve("s")), TransactionLimits.DEFAULT);
        PowerDns keyward =
            PowerDns.start(
                version, Files.createDirectory(folder.resolve("k")), keywardLines(served));
        GpgsqlPowerDns gpgsql =
            new GpgsqlPowerDns(
                version,
                Files.createDirectory(folder.resolve("g")),
                copying().toArray(String[]::new))) {
      copy(primary, served, keyward, gpgsql, names);
      Map<String, List<String>> faults = new LinkedHashMap<>();
      for (Signed zone : zones()) {
        faults.put(zone.zone(), compare(zone, primary, keyward, gpgsql.powerDns));
      }
      faults.values().removeIf(List::isEmpty);
      assertThat(faults).as(keyward::log).isEmpty();
      assertThat(served.texts("SELECT type || ' ' || reason FROM keyward.problem"))
          .allMatch(problem -> problem.contains("it is served all the same"));
    }
  }

  /** PowerDNS does not take such a zone, whatever its backend; what it had before is kept. */
  @Tag("long")
  @ParameterizedTest
  @MethodSource("versions")
  void mixedOptOutIsRefusedAsByGpgsql(PowerDnsVersion version) throws Exception {
    version.assumeThere();
    Path files = Files.createDirectory(folder.resolve("n"));
    Path unsigned = unsigned();
    String zone = "mixed.example";
    List<String> optOut = List.of("-3", "-", "-A");
    OtherSigner.BIND.sign(files, zone, unsigned, "ECDSAP256SHA256", optOut);
    try (ServedDatabase served =
            new ServedDatabase(
                Files.createDirectory(folder.resolve("s")), TransactionLimits.DEFAULT);
        PowerDns keyward =
            PowerDns.start(
                version, Files.createDirectory(folder.resolve("k")), keywardLines(served));
        GpgsqlPowerDns gpgsql =
            new GpgsqlPowerDns(
                version,
                Files.createDirectory(folder.resolve("g")),
                copying().toArray(String[]::new))) {
      try (Named primary = Named.start(files, List.of(zone))) {
        copy(primary, served, keyward, gpgsql, List.of(zone));
      }
      Path file = files.resolve(zone);
      String mixed = Files.readString(file).replaceFirst("NSEC3(\\s+)1 1 ", "NSEC3$11 0 ");
      Files.writeString(file, mixed.replaceFirst("\\b1(\\s+; serial)", "2$1"));
      try (Named primary = Named.start(files, List.of(zone))) {
        String from = "127.0.0.1:" + primary.port();
        served.sql("UPDATE domains SET master = '" + from + "'");
        gpgsql.sql("UPDATE domains SET master = ?", from);
        for (PowerDns powerDns : List.of(keyward, gpgsql.powerDns)) {
          ServedDatabase.await(() -> isRefusedAsMixed(powerDns, zone));
          assertThat(powerDns.digShort("upper." + zone, "A")).isNotEmpty();
          assertThat(powerDns.dig(zone, "SOA", "+short")).contains(" 1 3600 ");
        }
      }
    }
  }

  /** It may not know the other primary yet. */
  private static boolean isRefusedAsMixed(PowerDns powerDns, String zone) {
    powerDns.control("retrieve", zone);
    return powerDns.log().contains("mixture of Opt-Out");
  }

  private Path unsigned() throws IOException {
    Path unsigned = folder.resolve("unsigned");
    try (InputStream in = getClass().getResourceAsStream("/copied.zone")) {
      Files.copy(in, unsigned);
    }
    return unsigned;
  }

  private List<String> sign(Path files) throws Exception {
    Path unsigned = unsigned();
    for (Signed zone : zones()) {
      zone.signer().sign(files, zone.zone(), unsigned, zone.algorithm(), zone.parameters());
    }
    return zones().stream().map(Signed::zone).toList();
  }

  private static List<String> copying() {
    return List.of(
        "secondary=yes",
        "xfr-cycle-interval=3600",
        "cache-ttl=0",
        "query-cache-ttl=0",
        "negquery-cache-ttl=0",
        "zone-cache-refresh-interval=0",
        "udp-truncation-threshold=4096");
  }

  private static List<String> keywardLines(ServedDatabase served) {
    List<String> lines = new ArrayList<>(copying());
    lines.add("launch=remote");
    lines.add("remote-dnssec=yes");
    lines.add(Form.UNIX.connection(served.servers.socket(), served.servers.url()));
    return lines;
  }

  private static void copy(
      Named primary,
      ServedDatabase served,
      PowerDns keyward,
      GpgsqlPowerDns gpgsql,
      List<String> zones)
      throws IOException {
    String from = "127.0.0.1:" + primary.port();
    for (String zone : zones) {
      served.secondary(zone, from);
      gpgsql.sql("INSERT INTO domains (name, type, master) VALUES (?, 'SLAVE', ?)", zone, from);
      keyward.control("retrieve", zone);
      gpgsql.powerDns.control("retrieve", zone);
    }
    for (String zone : zones) {
      ServedDatabase.await(() -> isThere(keyward, zone) && isThere(gpgsql.powerDns, zone));
    }
  }

  private static boolean isThere(PowerDns powerDns, String zone) {
    return !powerDns.digShort("+tcp", zone, "SOA").isEmpty();
  }

  /** What is wrong with Keyward's copy. */
  private List<String> compare(Signed zone, Named primary, PowerDns keyward, PowerDns gpgsql)
      throws Exception {
    List<String> original = Transfers.raw(primary.port(), zone.zone());
    List<String> faults = new ArrayList<>();
    List<Message> questions = questions(zone.zone(), original);
    List<Message> expected = ask(gpgsql, questions);
    List<Message> found = ask(keyward, questions);
    for (int i = 0; i < questions.size(); i++) {
      if (!text(expected.get(i)).equals(text(found.get(i)))) {
        faults.add("gpgsql: " + text(expected.get(i)) + "\nkeyward: " + text(found.get(i)) + "\n");
      }
    }
    List<String> transferred = Transfers.raw(keyward.port(), zone.zone());
    List<String> judged = Transfers.raw(gpgsql.port(), zone.zone());
    transferred.stream()
        .filter(row -> !judged.contains(row))
        .forEach(r -> faults.add("too much: " + r));
    judged.stream()
        .filter(row -> !transferred.contains(row))
        .forEach(r -> faults.add("missing: " + r));
    faults.addAll(verify(zone, readable(Transfers.of(keyward.port(), zone.zone()), transferred)));
    faults.addAll(
        validate(
            zone, keyward, gpgsql, inside(zone.zone(), questions, ends(original, zone.zone()))));
    return faults;
  }

  /** Types that ldns does not know by name are given to it in the form for unknown types. */
  private static List<String> readable(List<String> plain, List<String> raw) {
    List<String> all = new ArrayList<>(raw);
    all.removeIf(row -> !UNKNOWN_TO_LDNS.containsValue(row.split(" ", 5)[3]));
    for (String row : plain) {
      if (!UNKNOWN_TO_LDNS.containsKey(row.split(" ", 5)[3])) {
        String numbered = row;
        for (Map.Entry<String, String> type : UNKNOWN_TO_LDNS.entrySet()) {
          numbered = numbered.replace(" " + type.getKey(), " " + type.getValue());
        }
        all.add(numbered);
      }
    }
    return all;
  }

  /** The copy is as good as the original: complete, signed, and with the digest of all of it. */
  private List<String> verify(Signed zone, List<String> transferred) throws IOException {
    Path file = Files.createTempFile(folder, "transferred", ".zone");
    Files.write(file, transferred);
    List<String> command = new ArrayList<>(List.of("ldns-verify-zone"));
    if (zone.digested()) {
      command.add("-ZZ");
    }
    command.add(file.toString());
    String said = PowerDns.run(command);
    return said.contains("is verified and complete") ? List.of() : List.of(said);
  }

  /** Nothing is bogus, unless it is with PowerDNS's own backend, too. */
  private List<String> validate(
      Signed zone, PowerDns keyward, PowerDns gpgsql, List<Validation.Question> asked)
      throws Exception {
    Map<String, Validation.Question> byFault = new LinkedHashMap<>();
    for (String fault : faults(keyward, zone, asked)) {
      String name = fault.split(" ")[1];
      String type = Type.string(Integer.parseInt(fault.split(" ")[2]));
      byFault.put(fault, new Validation.Question(name, type));
    }
    List<String> known =
        byFault.isEmpty() ? List.of() : faults(gpgsql, zone, List.copyOf(byFault.values()));
    System.out.printf(
        "%s: %d questions validated, %d faults, %d of them with gpgsql too%n",
        zone.zone(), asked.size(), byFault.size(), known.size());
    return byFault.keySet().stream().filter(fault -> !known.contains(fault)).toList();
  }

  private static boolean isOfParent(Record question, String zone) {
    return question.getType() == Type.DS && question.getName().toString().equals(zone + ".");
  }

  private static List<Name> ends(List<String> records, String zone) throws IOException {
    List<Name> ends = new ArrayList<>();
    for (String record : records) {
      String[] fields = record.split(" ", 5);
      boolean cut = fields[3].equals("TYPE" + Type.NS) && !fields[0].equals(zone + ".");
      if (cut || fields[3].equals("TYPE" + Type.DNAME)) {
        ends.add(Name.fromString(fields[0]));
      }
    }
    return ends;
  }

  /**
   * Without those that the servers of a delegation would have to answer, or whoever a DNAME leads
   * to, and without those that PowerDNS's own backend has out of order.
   */
  private static List<Validation.Question> inside(
      String zone, List<Message> questions, List<Name> ends) {
    return questions.stream()
        .map(Message::getQuestion)
        .filter(question -> !isOfParent(question, zone))
        .filter(question -> !UNVALIDATED.contains(question.getType()))
        .filter(question -> !question.getName().toString().startsWith("\\000."))
        .filter(
            question ->
                ends.stream()
                    .noneMatch(
                        cut ->
                            question.getName().subdomain(cut)
                                && (question.getType() != Type.DS
                                    || !question.getName().equals(cut))))
        .map(q -> new Validation.Question(q.getName().toString(), Type.string(q.getType())))
        .toList();
  }

  /** With opt-out, what only an opt-out span covers is insecure (RFC 5155, section 9.2). */
  private List<String> faults(PowerDns powerDns, Signed zone, List<Validation.Question> asked)
      throws Exception {
    return new Validation(powerDns, zone.zone() + ".", Files.createTempDirectory(folder, "v"))
        .unboundFailures(asked).stream()
            .filter(fault -> !zone.optedOut() || !Validation.isInsecure(fault))
            .toList();
  }

  private static List<Message> questions(String zone, List<String> records) throws IOException {
    Set<String> names = new TreeSet<>();
    Map<String, Set<Integer>> types = new LinkedHashMap<>();
    Set<String> hashes = hashes(records);
    for (String record : records) {
      String[] fields = record.split(" ", 5);
      String owner = fields[0].toLowerCase(Locale.ROOT);
      if (hashes.contains(fields[0])) {
        continue;
      }
      names.addAll(around(owner, zone + "."));
      int type = Integer.parseInt(fields[3].substring("TYPE".length()));
      if (!NOT_ASKED.contains(type)) {
        types.computeIfAbsent(owner, key -> new LinkedHashSet<>()).add(type);
      }
    }
    List<Message> questions = new ArrayList<>();
    for (String name : names) {
      Set<Integer> asked = new LinkedHashSet<>(TYPES);
      asked.addAll(types.getOrDefault(name, Set.of()));
      for (int type : asked) {
        questions.add(question(Name.fromString(name), type));
      }
    }
    return questions;
  }

  /**
   * Names that are there for NSEC3 alone: nobody asks for one, and PowerDNS denies them wrongly.
   */
  private static Set<String> hashes(List<String> records) {
    return records.stream()
        .map(record -> record.split(" ", 5))
        .filter(fields -> fields[3].equals("TYPE" + Type.NSEC3))
        .map(fields -> fields[0])
        .collect(Collectors.toSet());
  }

  /** The name, its parents, and what is below and beside each of them. */
  private static Set<String> around(String owner, String zone) {
    Set<String> names = new LinkedHashSet<>();
    for (String name = owner; !name.equals(zone); name = parent(name)) {
      names.addAll(
          List.of(name, "q." + name, "*." + name, "zz." + parent(name), "\\000." + parent(name)));
    }
    names.add(zone);
    return names;
  }

  private static String parent(String name) {
    return name.substring(name.indexOf('.') + 1);
  }

  private static Message question(Name name, int type) {
    Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    question.addRecord(new OPTRecord(4_096, 0, 0, Flags.DO), Section.ADDITIONAL);
    return question;
  }

  private static List<Message> ask(PowerDns server, List<Message> questions) throws IOException {
    try (BulkClient client = new BulkClient(server.port())) {
      return client.ask(questions.stream().map(Message::clone).toList());
    }
  }

  private static String text(Message message) {
    StringBuilder text = new StringBuilder(message.getQuestion().toString());
    text.append(' ').append(message.getHeader().printFlags());
    text.append(' ').append(Rcode.string(message.getRcode()));
    for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
      Record[] records = message.getSection(section).toArray(Record[]::new);
      text.append("\n  ").append(Section.string(section));
      Arrays.stream(records).map(Record::toString).sorted().forEach(r -> text.append("\n    " + r));
    }
    return text.toString();
  }
}
