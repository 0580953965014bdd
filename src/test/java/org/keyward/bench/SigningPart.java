package org.keyward.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.token.SoftHsm;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** How fast a big zone is pre-signed, beside the programs that sign zone files. */
final class SigningPart implements Part {
  private static final int ROUNDS = 3;

  /** With so many names signed the compiler is done. */
  private static final int WARM = 100_000;

  private static final Name ZONE = Name.fromConstantString("z1.example.");
  private static final Pattern OPENSSL =
      Pattern.compile("256 bits ecdsa \\(nistp256\\)\\s+\\S+s\\s+\\S+s\\s+([0-9.]+)");

  @Override
  public String name() {
    return "signing";
  }

  @Override
  public String title() {
    return "pre-signing a big zone, and RRSIGs a second";
  }

  @Override
  public List<Requirement> needs() {
    return List.of(
        Requirement.SOFTHSM,
        Requirement.TOOLS,
        new Requirement("ldns-signzone", "signs the same zone"),
        new Requirement("dnssec-signzone", "signs the same zone"),
        new Requirement("openssl", "the yardstick of signing"));
  }

  @Override
  public void run(Lab lab) throws Exception {
    CryptoProviders.install();
    presign(lab);
    rate(lab);
  }

  private static void presign(Lab lab) throws Exception {
    int names = lab.many(100_000, 50_000, 500);
    Path file = lab.folder().resolve("zone");
    Files.write(file, zone(names).toList());
    List<String> ldns = ldns(lab.folder(), file);
    List<String> bind = bind(lab.folder(), file);
    TokenSettings token = SoftHsm.token(SigningQueue.TOKEN, SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", SigningQueue.KEY);
    List<Double> ours = new ArrayList<>();
    List<Double> ldnsTimes = new ArrayList<>();
    List<Double> bindTimes = new ArrayList<>();
    try (SigningQueue queue = new SigningQueue(token, 1)) {
      insert(queue.jdbi(), names);
      queue.sign();
      double first = load(queue, names);
      lab.report().measured("Keyward, first of the process", "s", first);
      for (int signed = names; signed < WARM && !lab.quick(); signed += names) {
        load(queue, names);
      }
      for (int round = 0; round < lab.rounds(ROUNDS); round++) {
        lab.say("round " + (round + 1) + ": Keyward, ldns-signzone, dnssec-signzone");
        ours.add(load(queue, names));
        ldnsTimes.add(seconds(lab.folder(), ldns));
        bindTimes.add(seconds(lab.folder(), bind));
      }
    }
    Series keyward = lab.report().measured("Keyward, from PostgreSQL to AXFR", "s", ours);
    Series ldnsSeries = lab.report().measured("ldns-signzone, file to file", "s", ldnsTimes);
    Series bindSeries = lab.report().measured("dnssec-signzone, file to file", "s", bindTimes);
    lab.report().ratio("Keyward / ldns-signzone", keyward, ldnsSeries, Target.atMost(0.5));
    lab.report().ratio("Keyward / dnssec-signzone", keyward, bindSeries);
    lab.report()
        .note(
            "a zone of "
                + Table.number(names)
                + " names; dnssec-signzone does not verify what it made (-P), which is its default; it and"
                + " Keyward use all cores, ldns-signzone has no way to");
  }

  private static Stream<String> zone(int names) {
    return Stream.concat(
        Stream.of(
            ZONE + " 3600 IN SOA ns.example. hostmaster.example. 1 7200 3600 1209600 300",
            ZONE + " 3600 IN NS ns.example."),
        Stream.iterate(1, i -> i <= names, i -> i + 1)
            .map(i -> "n" + i + "." + ZONE + " 3600 IN A 192.0.2." + i % 256));
  }

  /** Without the checks of each row, which are not what is measured. */
  private static void insert(Jdbi jdbi, int names) {
    jdbi.useTransaction(
        handle -> {
          handle.execute("SET LOCAL session_replication_role = replica");
          handle.execute(
              "INSERT INTO records (domain_id, name, type, content, ttl)"
                  + " SELECT d.id, 'n' || i || '.' || d.name, 'A', '192.0.2.' || i % 256, 3600"
                  + " FROM domains d, generate_series(1, ?) i",
              names);
        });
  }

  /** From nothing in memory to every row of a transfer, signatures included. */
  private static double load(SigningQueue queue, int names) {
    long start = System.nanoTime();
    LoadedZones zones =
        new LoadedZones(queue.zones(), queue.zones(), Clock.systemUTC(), ZoneMemory.ofHeap());
    zones.loadAll();
    long signatures;
    try (Stream<AnswerRow> rows = zones.byOrigin(ZONE).orElseThrow().list()) {
      signatures = rows.filter(row -> row.type().equals("RRSIG")).count();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (signatures != 2L * names + 4) {
      throw new IllegalStateException("there are " + signatures + " signatures");
    }
    return seconds;
  }

  private static List<String> ldns(Path folder, Path file) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("ldns-signzone", "-f", "zone.ldns", file.toString()));
    command.add(print(folder, "ldns-keygen", "-a", "ECDSAP256SHA256", ZONE.toString()).strip());
    command.add(
        print(folder, "ldns-keygen", "-k", "-a", "ECDSAP256SHA256", ZONE.toString()).strip());
    return command;
  }

  private static List<String> bind(Path folder, Path file) throws Exception {
    Path keys = Files.createDirectory(folder.resolve("bind"));
    String origin = ZONE.toString(true);
    for (String flags : List.of("ZONE", "KSK")) {
      List<String> command = new ArrayList<>(List.of("dnssec-keygen", "-K", keys.toString()));
      command.addAll(flags.equals("KSK") ? List.of("-f", "KSK") : List.of());
      command.addAll(List.of("-a", "ECDSAP256SHA256", origin));
      print(folder, command.toArray(String[]::new));
    }
    return List.of(
        "dnssec-signzone",
        "-P",
        "-x",
        "-S",
        "-K",
        keys.toString(),
        "-o",
        origin,
        "-f",
        "zone.bind",
        file.toString());
  }

  private static double seconds(Path folder, List<String> command) throws Exception {
    long start = System.nanoTime();
    print(folder, command.toArray(String[]::new));
    return (System.nanoTime() - start) / 1e9;
  }

  private static String print(Path folder, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(Arrays.toString(command) + ": " + text);
    }
    return text;
  }

  private static void rate(Lab lab) throws Exception {
    SoftwareKey key =
        SoftwareKeys.generate(ZONE, Algorithm.ECDSAP256SHA256, SoftwareKeys.ZSK_FLAGS);
    ValidityWindow window =
        new SigningSchedule(Duration.ofDays(14), Duration.ofDays(7), Duration.ofHours(1))
            .windowAt(ZONE, Instant.now());
    List<Double> ours = new ArrayList<>();
    List<Double> openssl = new ArrayList<>();
    double seconds = lab.either(2.0, 0.2);
    rate(key, window, seconds);
    for (int round = 0; round < lab.rounds(ROUNDS); round++) {
      lab.say("round " + (round + 1) + ": RRSIGs on one core, then openssl");
      ours.add(rate(key, window, seconds));
      openssl.add(openssl(lab));
    }
    Series rrsigs = lab.report().measured("RRSIGs on one core, P-256", "signatures/s", ours);
    Series bare = lab.report().measured("openssl speed, one core, P-256", "signatures/s", openssl);
    lab.report().ratio("RRSIGs / openssl speed", rrsigs, bare);
  }

  private static double rate(SoftwareKey key, ValidityWindow window, double seconds)
      throws IOException {
    Record address =
        new ARecord(
            Name.fromString("www", ZONE),
            DClass.IN,
            3600,
            java.net.InetAddress.getByName("192.0.2.1"));
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    long made = 0;
    while (System.nanoTime() < end) {
      RrsetSigner.sign(List.of(address), key, window);
      made++;
    }
    return made / ((System.nanoTime() - start) / 1e9);
  }

  private static double openssl(Lab lab) throws Exception {
    String text =
        print(lab.folder(), "openssl", "speed", "-seconds", lab.either("2", "1"), "ecdsap256");
    Matcher rate = OPENSSL.matcher(text);
    if (!rate.find()) {
      throw new IllegalStateException("openssl speed printed: " + text);
    }
    return Double.parseDouble(rate.group(1));
  }
}
