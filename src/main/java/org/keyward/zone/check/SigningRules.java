package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.ERROR;
import static org.keyward.zone.check.Severity.INFO;
import static org.keyward.zone.check.Severity.WARNING;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.RecordParser;
import org.keyward.zone.RecordRow;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** What breaks or weakens DNSSEC. */
final class SigningRules {
  static final List<Rule> RULES =
      List.of(
          SigningRules::dnskeys,
          SigningRules::liveTypes,
          SigningRules::privateKeys,
          SigningRules::nsec3,
          SigningRules::split,
          SigningRules::dsAtParent);

  /** Longer names leave no room for a hashed label before them. */
  private static final int LONGEST_WITH_NSEC3 = 222;

  private static final int RSASHA1 = 5;

  private SigningRules() {}

  private static void dnskeys(CheckedZone zone, Report report) {
    zone.entries(Type.DNSKEY)
        .forEach(
            entry -> {
              if (!entry.owner().equals(zone.origin())) {
                report.record(
                    WARNING, "dnskey-not-at-apex", entry, "a DNSKEY belongs to the zone's name");
              } else if (zone.isSignedHere()) {
                report.record(
                    WARNING,
                    "dnskey-row",
                    entry,
                    "Keyward makes the DNSKEY set of this zone and leaves this out; delete it");
              } else if (!zone.isPresigned()) {
                report.record(
                    WARNING,
                    "dnskey-row",
                    entry,
                    "PowerDNS makes the DNSKEY set from the zone's keys; this one does harm, delete"
                        + " it");
              }
            });
  }

  private static void liveTypes(CheckedZone zone, Report report) {
    zone.facts().data().withoutEmptyNonTerminals().stream()
        .filter(row -> zone.isSignedHere() && !isSplit(zone) && RecordParser.isLive(row))
        .forEach(
            row ->
                report.add(
                    new Finding(
                        ERROR,
                        "live-type-signed",
                        NameText.of(row.owner()),
                        row.type(),
                        row.content(),
                        "PowerDNS expands it while it answers, so it cannot be signed ahead; use"
                            + " another type")));
  }

  private static void privateKeys(CheckedZone zone, Report report) {
    for (CryptoKey key : zone.facts().data().cryptokeys()) {
      if (!key.content().isClosed() && algorithm(key).isEmpty()) {
        report.zone(
            ERROR,
            "key-invalid",
            "the key "
                + key.id()
                + " in cryptokeys is no private key; remove it or import it anew");
      }
    }
  }

  private static Optional<Integer> algorithm(CryptoKey key) {
    String content = key.content().isClosed() ? "" : key.content().reveal();
    return content
        .lines()
        .filter(line -> line.matches("Algorithm:\\s*\\d{1,3}\\b.*"))
        .map(line -> Integer.valueOf(line.replaceFirst("Algorithm:\\s*(\\d+).*", "$1")))
        .findFirst()
        .filter(number -> content.startsWith("Private-key-format:"));
  }

  private static void nsec3(CheckedZone zone, Report report) {
    List<String> parameters = zone.facts().data().metadata().getOrDefault("NSEC3PARAM", List.of());
    if (parameters.isEmpty()) {
      return;
    }
    if (zone.isSigned() && zone.origin().length() > LONGEST_WITH_NSEC3) {
      report.zone(ERROR, "nsec3-name", "its name is too long for NSEC3; use NSEC");
    }
    boolean sha1 =
        zone.facts().data().cryptokeys().stream()
            .anyMatch(key -> algorithm(key).filter(number -> number == RSASHA1).isPresent());
    if (sha1) {
      report.zone(
          ERROR,
          "nsec3-algorithm",
          "it has NSEC3 with a key of algorithm 5; roll to 13, or use NSEC");
    }
    parse(zone, parameters.get(0))
        .ifPresentOrElse(
            nsec3 -> values(zone, nsec3, report),
            () ->
                report.zone(
                    ERROR,
                    "nsec3-param",
                    "its metadata NSEC3PARAM is '" + parameters.get(0) + "'; write '1 0 0 -'"));
  }

  private static Optional<NSEC3PARAMRecord> parse(CheckedZone zone, String parameters) {
    try {
      return Optional.of(
          (NSEC3PARAMRecord)
              Record.fromString(
                  zone.origin(), Type.NSEC3PARAM, DClass.IN, 0, parameters, zone.origin()));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static void values(CheckedZone zone, NSEC3PARAMRecord nsec3, Report report) {
    if (nsec3.getIterations() > 0) {
      report.zone(
          WARNING,
          "nsec3-iterations",
          "it has " + nsec3.getIterations() + " NSEC3 iterations; RFC 9276 wants 0");
    }
    if (nsec3.getSalt() != null) {
      report.zone(WARNING, "nsec3-salt", "it has an NSEC3 salt; RFC 9276 wants none, '-'");
    }
    if (zone.isSigned() && nsec3.getFlags() != 0) {
      zone.entries()
          .filter(entry -> entry.owner().isWild())
          .forEach(
              entry ->
                  report.record(
                      WARNING,
                      "opt-out-wildcard",
                      entry,
                      "answers from a wildcard are insecure with NSEC3 opt-out; take opt-out away"));
    }
  }

  private static boolean isSplit(CheckedZone zone) {
    return zone.facts().mode().filter(SigningMode.SPLIT::equals).isPresent();
  }

  private static void split(CheckedZone zone, Report report) {
    if (!isSplit(zone)) {
      return;
    }
    report.zone(
        INFO,
        "split-ds",
        "it is in mode split: pdnsutil and PowerDNS's API show the DS of the ZSK, which is wrong; give"
            + " the output of 'keyward ds "
            + NameText.of(zone.origin())
            + "' to the parent");
    for (int type : new int[] {Type.CDS, Type.CDNSKEY}) {
      zone.at(zone.origin(), type)
          .forEach(
              entry ->
                  report.record(
                      ERROR,
                      "split-cds",
                      entry,
                      "PowerDNS would sign it with the ZSK in mode split (RFC 7344, section 4.1);"
                          + " delete it, or change to mode presigned"));
    }
  }

  private static void dsAtParent(CheckedZone zone, Report report) {
    List<RecordRow> above =
        zone.facts().parent().map(ZoneFacts.Parent::rows).orElse(List.of()).stream()
            .filter(row -> row.type().equals("DS"))
            .toList();
    if (above.isEmpty()) {
      return;
    }
    if (!zone.isSigned()) {
      report.zone(
          ERROR,
          "ds-unsigned",
          "its parent zone has a DS for it, but it is not signed: resolvers find it bogus; delete"
              + " the DS, or sign the zone");
    } else if (zone.isSignedHere() && above.stream().noneMatch(row -> fits(row, zone))) {
      report.zone(
          ERROR,
          "ds-orphaned",
          "no DS at its parent zone fits its key: resolvers find it bogus; put the output of"
              + " 'keyward ds' there");
    }
  }

  private static boolean fits(RecordRow row, CheckedZone zone) {
    try {
      DSRecord ds = (DSRecord) RecordParser.typed(row);
      return zone.facts().keys().stream().anyMatch(key -> fits(ds, key));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean fits(DSRecord ds, DNSKEYRecord key) {
    try {
      DSRecord own = new DSRecord(key.getName(), DClass.IN, 0, ds.getDigestID(), key);
      return own.rdataToString().equals(ds.rdataToString());
    } catch (IllegalArgumentException e) {
      return false; // a digest that nobody here can make
    }
  }
}
