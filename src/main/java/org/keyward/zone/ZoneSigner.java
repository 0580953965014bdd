package org.keyward.zone;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.keyward.dnssec.FormattedTime;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * The signatures of one pre-signed zone: those that the KSK made ahead, and those of the ZSKs, made
 * here. PowerDNS makes NSEC records itself and asks for their RRSIGs, so the signed NSEC must be
 * exactly PowerDNS's. Immutable and thread-safe.
 */
final class ZoneSigner {
  private final Name origin;
  private final ZoneSigning signing;

  ZoneSigner(Name origin, ZoneSigning signing) {
    this.origin = origin;
    this.signing = signing;
  }

  /** Whether the same keys sign at the same times. */
  boolean hasSameKeys(ZoneSigning other) {
    return signing.schedule().equals(other.schedule())
        && signing.zoneSigningKeys().stream()
            .map(SoftwareKey::dnskey)
            .toList()
            .equals(other.zoneSigningKeys().stream().map(SoftwareKey::dnskey).toList());
  }

  Duration step() {
    return signing.schedule().step();
  }

  ValidityWindow window(Instant now) {
    return signing.schedule().windowAt(origin, now);
  }

  /** When an answer made at {@code now} must be made anew. */
  Instant validUntil(Instant now) {
    Instant end = signing.schedule().next(window(now)).activeFrom();
    for (SignedKeySet set : signing.keySets()) {
      Instant start = set.window().activeFrom();
      if (start.isAfter(now) && start.isBefore(end)) {
        end = start;
      }
    }
    return end;
  }

  /** The key set in use: the last one that has begun, for as long as no later one has. */
  private SignedKeySet keySet(Instant now) {
    SignedKeySet current = signing.keySets().get(0);
    for (SignedKeySet set : signing.keySets()) {
      if (!set.window().activeFrom().isAfter(now)) {
        current = set;
      }
    }
    return current;
  }

  /** The DNSKEY set and the KSK's signatures over it. */
  List<AnswerRow> keyRows(Instant now) {
    SignedKeySet set = keySet(now);
    List<AnswerRow> rows = new ArrayList<>();
    for (DNSKEYRecord key : set.keys()) {
      rows.add(new AnswerRow(origin, "DNSKEY", keyText(key), key.getTTL(), true));
    }
    for (RRSIGRecord signature : set.signatures()) {
      rows.add(row(origin, signature));
    }
    return rows;
  }

  List<AnswerRow> sign(Name owner, List<Record> rrset, ValidityWindow window) {
    List<AnswerRow> rows = new ArrayList<>(1);
    for (SoftwareKey key : signing.zoneSigningKeys()) {
      rows.add(row(owner, RrsetSigner.sign(rrset, key, window)));
    }
    return rows;
  }

  private static AnswerRow row(Name owner, RRSIGRecord signature) {
    return new AnswerRow(owner, "RRSIG", text(signature), signature.getTTL(), true);
  }

  private static String keyText(DNSKEYRecord key) {
    return key.getFlags()
        + " "
        + key.getProtocol()
        + " "
        + key.getAlgorithm()
        + " "
        + Base64.getEncoder().encodeToString(key.getKey());
  }

  private static String text(RRSIGRecord signature) {
    return String.join(
        " ",
        Type.string(signature.getTypeCovered()),
        String.valueOf(signature.getAlgorithm()),
        String.valueOf(signature.getLabels()),
        String.valueOf(signature.getOrigTTL()),
        FormattedTime.format(signature.getExpire()),
        FormattedTime.format(signature.getTimeSigned()),
        String.valueOf(signature.getFootprint()),
        signature.getSigner().toString(!signature.getSigner().equals(Name.root)),
        Base64.getEncoder().encodeToString(signature.getSignature()));
  }
}
