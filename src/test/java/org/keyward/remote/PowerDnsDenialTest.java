package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.dnssec.CryptoProviders;

/** Zones of every shape, signed by Keyward, served by PowerDNS, judged by validators. */
@Tag("once")
@Timeout(300)
class PowerDnsDenialTest {
  private static final String SOA =
      "@ 300 SOA ns.example.net. h.example.net. 1 3600 600 604800 60\n";

  /** Without a wildcard at the apex, so that there are names that do not exist. */
  private static final String SHAPES =
      SOA
          + """
          @ 300 NS ns
          @ 300 MX 10 Mail
          @ 300 TXT "apex"
          ns 300 A 192.0.2.1
          Mail 300 A 192.0.2.2
          UPPER.Case 300 A 192.0.2.3
          1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.deep 300 A 192.0.2.4
          *.w 300 A 192.0.2.5
          *.x.w 300 TXT "second level"
          *.y.x.w 300 CNAME ns
          there.x.w 300 A 192.0.2.6
          *.ent.w 300 A 192.0.2.7
          a.b.ent 300 A 192.0.2.8
          d.ent 300 A 192.0.2.9
          alias 300 CNAME Mail
          wildalias 300 CNAME any.w
          dangling 300 CNAME nothing
          renamed 300 DNAME target
          hidden.renamed 300 A 192.0.2.10
          host.target 300 A 192.0.2.11
          secure 300 NS ns.secure
          secure 300 DS 1 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
          ns.secure 300 A 192.0.2.12
          insecure 300 NS ns.insecure
          ns.insecure 300 A 192.0.2.13
          below.ns.insecure 300 A 192.0.2.14
          old.secure 300 NS ns.old.secure
          ns.old.secure 300 A 192.0.2.21
          old.insecure 300 NS ns.example.net.
          x.only-insecure 300 NS ns.example.net.
          i.mixed 300 NS ns.example.net.
          s.mixed 300 NS ns.example.net.
          s.mixed 300 DS 1 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
          space\\032name 300 A 192.0.2.15
          dot\\.in.label 300 A 192.0.2.16
          back\\\\slash 300 A 192.0.2.17
          \\000nul 300 A 192.0.2.18
          \\200high 300 A 192.0.2.19
          _sip._tcp 300 SRV 1 2 5060 Mail
          added 300 EUI48 00-00-5e-00-53-2a
          added 300 EUI64 00-00-5e-ef-10-00-00-2a
          added 300 NID 10 0014:4fff:ff20:ee64
          added 300 L32 10 10.1.2.0
          added 300 L64 10 2001:0db8:1140:1000
          added 300 LP 10 L64-Subnet.example.net.
          added 300 CSYNC 66 3 A NS AAAA
          """
          + "x".repeat(63)
          + " 300 A 192.0.2.20\n"
          + big();

  private static final String WILD =
      SOA
          + """
          @ 300 NS ns.example.net.
          * 300 A 192.0.2.1
          *.sub 300 A 192.0.2.2
          *.sub.sub 300 TXT "third"
          here.sub 300 A 192.0.2.3
          cut 300 NS ns.example.net.
          """;

  @TempDir static Path directory;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  /** As much text as a message of 64 KiB holds. */
  private static String big() {
    return IntStream.range(0, 230)
        .mapToObj(i -> "big 300 TXT \"" + String.format("%03d", i) + "y".repeat(250) + "\"\n")
        .collect(Collectors.joining());
  }

  /** Each zone and each chain, in a thorough run with each other. */
  static Stream<Arguments> zonesAndChains() {
    if (!Boolean.getBoolean("keyward.test.thorough")) {
      return Stream.of(
          Arguments.of("shapes.example.", null),
          Arguments.of("shapes.example.", "1 1 0 -"),
          Arguments.of("wild.example.", "1 1 0 -"),
          Arguments.of(".", "1 0 0 -"));
    }
    return Stream.of("shapes.example.", "wild.example.", ".")
        .flatMap(
            zone -> Stream.of(null, "1 0 0 -", "1 1 0 -").map(param -> Arguments.of(zone, param)));
  }

  /** What is left over below a delegation from before is another zone's. */
  private static void assertThatTheUpperDelegationIsNamed(PowerDns powerDns, String zone) {
    String suffix = zone.equals(".") ? "" : zone;
    for (String cut : List.of("secure.", "insecure.")) {
      assertThat(powerDns.dig("+dnssec", "+norec", "www.old." + cut + suffix, "A"))
          .containsPattern("(?m)^" + cut + suffix + "\\s+300\\s+IN\\s+NS\\s+ns\\." + cut)
          .doesNotContainPattern("(?m)^old\\." + cut + ".*\\sNS\\s");
    }
  }

  @ParameterizedTest
  @MethodSource("zonesAndChains")
  void everyAnswerIsProved(String zone, String nsec3param) throws Exception {
    Path folder = Files.createTempDirectory(directory, "z");
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(zone, zone.startsWith("wild") ? WILD : SHAPES);
      String stored = zone.equals(".") ? zone : zone.substring(0, zone.length() - 1);
      served.setDenial(stored, nsec3param);
      served.sign(zone);
      try (PowerDns powerDns = powerDns(served, folder, "8bit-dns=yes", "dname-processing=yes")) {
        Validation validation = new Validation(powerDns, zone, folder);
        validation.verifyTransfer();
        validation.compareChainWithAnotherSigner(nsec3param);
        if (!zone.startsWith("wild")) {
          assertThatTheUpperDelegationIsNamed(powerDns, zone);
        }
        List<Validation.Question> questions = questions(validation.transfer(), zone);
        assertThat(questions).hasSizeGreaterThan(12);
        List<String> failures = validation.failures(questions, nsec3param);
        if (!zone.startsWith("wild")) {
          failures.addAll(validation.delvFailures(renamed(zone)));
        }
        assertThat(failures).isEmpty();
        if (zone.startsWith("shapes")) {
          assertThat(powerDns.digShort("+tcp", "big." + zone, "TXT")).hasSize(230);
          assertThat(powerDns.digShort("hidden.renamed." + zone, "A"))
              .containsExactlyInAnyOrder("target." + zone, "hidden.target." + zone);
          assertThat(powerDns.dig("+dnssec", "absent." + zone, "A"))
              .contains("NXDOMAIN")
              .containsPattern(nsec3param == null ? "IN\\s+NSEC\\s" : "IN\\s+NSEC3\\s");
        }
      }
    }
  }

  /** For delv alone: unbound sometimes takes PowerDNS's right answers for wrong ones here. */
  private static List<Validation.Question> renamed(String zone) {
    String renamed = "renamed." + (zone.equals(".") ? "" : zone);
    return List.of(
        new Validation.Question("host." + renamed, "A"),
        new Validation.Question("host." + renamed, "TXT"),
        new Validation.Question("hidden." + renamed, "A"));
  }

  static PowerDns powerDns(ServedDatabase served, Path folder, String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "launch=remote",
                "remote-connection-string=unix:path=" + served.servers.socket(),
                "remote-dnssec=yes",
                "zone-cache-refresh-interval=1",
                "disable-axfr=no",
                "allow-axfr-ips=127.0.0.0/8",
                "query-cache-ttl=0",
                "negquery-cache-ttl=0",
                "consistent-backends=no"));
    lines.addAll(List.of(more));
    return PowerDns.start(Files.createTempDirectory(folder, "p"), lines);
  }

  /** Of every name of the zone, its parents, and names beside and below that do not exist. */
  private static List<Validation.Question> questions(List<String> rows, String zone) {
    List<Validation.Question> questions = new ArrayList<>();
    java.util.Set<String> names = new java.util.TreeSet<>();
    java.util.Set<String> cuts = new java.util.TreeSet<>();
    for (String row : rows) {
      String[] fields = row.split("\\s+", 5);
      if (fields[3].equals("NS") && !fields[0].equals(zone)) {
        cuts.add(fields[0]);
      }
      if (!fields[3].equals("NSEC3") && !fields[0].matches("[0-9a-v]{32}\\..*")) {
        names.add(fields[0]);
      }
    }
    for (String name : List.copyOf(names)) {
      for (String parent = name; !parent.equals(zone); parent = parent(parent)) {
        names.add(parent);
      }
    }
    for (String name : names) {
      if (cuts.contains(name)) {
        questions.add(new Validation.Question(name, "DS"));
      } else if (cuts.stream().noneMatch(cut -> name.endsWith("." + cut))) {
        boolean alias = name.matches("(dangling|renamed)\\..*");
        for (String type : List.of("A", "TXT")) {
          questions.add(new Validation.Question(name, type));
        }
        if (!alias) {
          String dotted = name.equals(".") ? "" : name;
          questions.add(new Validation.Question("absent." + dotted, "A"));
          questions.add(new Validation.Question("zzz.more." + dotted, "TXT"));
        }
      }
    }
    return questions;
  }

  private static String parent(String name) {
    try {
      return new org.xbill.DNS.Name(org.xbill.DNS.Name.fromString(name), 1).toString();
    } catch (org.xbill.DNS.TextParseException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
