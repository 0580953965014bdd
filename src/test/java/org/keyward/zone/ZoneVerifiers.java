package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.keyward.dnssec.Nsec3Parameters;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Writes a zone with the denial records that PowerDNS would make, and asks two verifiers. */
final class ZoneVerifiers {
  private ZoneVerifiers() {}

  static void verify(LoadedZone zone, Path dir) throws Exception {
    Name origin = zone.header().origin();
    List<AnswerRow> rows = zone.list().toList();
    StringBuilder text = new StringBuilder();
    for (AnswerRow row : rows) {
      text.append(row.owner()).append(' ').append(row.ttl()).append(" IN ");
      text.append(row.type()).append(' ').append(absolute(row)).append('\n');
    }
    List<String> param = zone.metadata().getOrDefault("NSEC3PARAM", List.of());
    if (param.isEmpty()) {
      addNsec(text, zone, rows);
    } else {
      addNsec3(text, zone, rows, Nsec3Parameters.parse(param.get(0)));
    }
    Path file = dir.resolve("zone");
    Files.writeString(file, text);
    run("ldns-verify-zone", file.toString());
    run("dnssec-verify", "-o", origin.toString(), file.toString());
  }

  private static void addNsec(StringBuilder text, LoadedZone zone, List<AnswerRow> rows) {
    for (Name owner : new TreeSet<>(rows.stream().map(AnswerRow::owner).toList())) {
      if (rows.stream().anyMatch(row -> row.owner().equals(owner) && isOver(row, "NSEC"))) {
        List<String> types = types(zone, rows, owner, "NSEC", "RRSIG").toList();
        text.append(owner).append(" ").append(denialTtl(rows)).append(" IN NSEC ");
        text.append(zone.nsecNeighbours(owner).orElseThrow().after()).append(' ');
        text.append(String.join(" ", types)).append('\n');
      }
    }
  }

  private static void addNsec3(
      StringBuilder text, LoadedZone zone, List<AnswerRow> rows, Nsec3Parameters parameters) {
    Name origin = zone.header().origin();
    long minimum = Long.parseLong(rows.get(0).content().split(" ")[6]);
    text.append(parameters.record(origin, minimum)).append('\n');
    for (AnswerRow signature : rows.stream().filter(row -> isOver(row, "NSEC3")).toList()) {
      String hash = signature.owner().getLabelString(0);
      Zone.HashedNeighbours found = zone.nsec3Neighbours(hash, Optional.empty()).orElseThrow();
      assertThat(found.before()).isEqualTo(hash);
      assertThat(parameters.hash(found.unhashed())).isEqualTo(hash);
      Set<String> types = new TreeSet<>(types(zone, rows, found.unhashed()).toList());
      if (found.unhashed().equals(origin)) {
        types.add("NSEC3PARAM");
      }
      if (!types.isEmpty() && !types.equals(Set.of("NS"))) {
        types.add("RRSIG");
      }
      text.append(signature.owner()).append(' ').append(denialTtl(rows)).append(" IN NSEC3 ");
      text.append(parameters.text()).append(' ').append(found.after()).append(' ');
      text.append(String.join(" ", types)).append('\n');
    }
  }

  private static boolean isOver(AnswerRow row, String type) {
    return row.type().equals("RRSIG") && row.content().startsWith(type + " ");
  }

  private static Stream<String> types(
      LoadedZone zone, List<AnswerRow> rows, Name owner, String... more) {
    boolean cut =
        !owner.equals(zone.header().origin())
            && rows.stream().anyMatch(r -> r.owner().equals(owner) && r.type().equals("NS"));
    return Stream.concat(
            Stream.of(more),
            rows.stream()
                .filter(row -> row.owner().equals(owner))
                .map(AnswerRow::type)
                .filter(type -> !cut || Set.of("NS", "DS").contains(type))
                .filter(type -> !type.equals("RRSIG")))
        .distinct();
  }

  private static long denialTtl(List<AnswerRow> rows) {
    String[] soa = rows.get(0).content().split(" ");
    return Math.min(rows.get(0).ttl(), Long.parseLong(soa[6]));
  }

  private static String absolute(AnswerRow row) throws IOException {
    return Record.fromString(
            row.owner(), Type.value(row.type()), DClass.IN, row.ttl(), row.content(), Name.root)
        .rdataToString();
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(new ArrayList<>(List.of(printed)).toString()).isZero();
  }
}
