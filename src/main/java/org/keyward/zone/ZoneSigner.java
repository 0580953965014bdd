package org.keyward.zone;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
 * The signatures of one zone: those that the KSK made ahead, and those of the ZSKs, made here while
 * the zone's mode shows them. PowerDNS makes NSEC records itself and asks for their RRSIGs, so the
 * signed NSEC must be exactly PowerDNS's. Immutable and thread-safe.
 */
final class ZoneSigner {
  private final Name origin;
  private final ZoneSigning signing;

  ZoneSigner(Name origin, ZoneSigning signing) {
    this.origin = origin;
    this.signing = signing;
  }

  ModeSchedule mode() {
    return signing.mode();
  }

  /**
   * For PowerDNS to sign with, now.
   *
   * @param stored the keys that it signed with before Keyward took the zone over
   */
  List<CryptoKey> liveKeys(Instant now, List<CryptoKey> stored) {
    if (!mode().showsKeys(now)) {
      return List.of();
    }
    return signing.liveKeys().isEmpty() ? stored : signing.liveKeys();
  }

  /** Whether the same keys sign at the same times, in the same mode. */
  boolean hasSameKeys(ZoneSigning other) {
    return signing.mode().equals(other.mode())
        && signing.schedule().equals(other.schedule())
        && ids(signing.liveKeys()).equals(ids(other.liveKeys()))
        && signing.zoneSigningKeys().stream()
            .map(SoftwareKey::dnskey)
            .toList()
            .equals(other.zoneSigningKeys().stream().map(SoftwareKey::dnskey).toList());
  }

  private static List<Integer> ids(List<CryptoKey> keys) {
    return keys.stream().map(CryptoKey::id).toList();
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
      for (Instant at : List.of(set.window().activeFrom(), set.window().expiration())) {
        if (at.isAfter(now) && at.isBefore(end)) {
          end = at;
        }
      }
    }
    Instant changes = mode().until(now);
    return changes.isBefore(end) ? changes : end;
  }

  /**
   * The key set in use: the last one that has begun, for as long as no later one has. One with the
   * TTL that is wanted if there is any that is valid, else one that is.
   */
  private SignedKeySet keySet(Instant now, long wantedTtl) {
    SignedKeySet current = signing.keySets().get(0);
    for (SignedKeySet set : signing.keySets()) {
      if (!set.window().activeFrom().isAfter(now)
          && rank(set, now, wantedTtl) >= rank(current, now, wantedTtl)) {
        current = set;
      }
    }
    return current;
  }

  private static int rank(SignedKeySet set, Instant now, long wantedTtl) {
    if (!now.isBefore(set.window().expiration()) || set.window().activeFrom().isAfter(now)) {
      return 0;
    }
    return set.ttl() == wantedTtl ? 2 : 1;
  }

  /**
   * The TTL that the DNSKEY set has now.
   *
   * @param soaMinimum which PowerDNS gives to the DNSKEY set of a zone that it signs while
   *     answering
   */
  long keyTtl(Instant now, long soaMinimum) {
    return keySet(now, wantedTtl(soaMinimum)).ttl();
  }

  private long wantedTtl(long soaMinimum) {
    return mode().mode() == SigningMode.SPLIT ? soaMinimum : signing.dnskeyTtl();
  }

  /** The DNSKEY set and the KSK's signatures over it. */
  List<AnswerRow> keyRows(Instant now, long soaMinimum) {
    SignedKeySet set = keySet(now, wantedTtl(soaMinimum));
    List<AnswerRow> rows = new ArrayList<>();
    for (DNSKEYRecord key : set.keys()) {
      rows.add(new AnswerRow(origin, "DNSKEY", keyText(key), key.getTTL(), true));
    }
    for (RRSIGRecord signature : set.signatures()) {
      rows.add(row(origin, signature));
    }
    return rows;
  }

  /** The CDS and CDNSKEY records of the zone. */
  List<Record> childRecords() {
    Map<Integer, List<Record>> sets = new TreeMap<>();
    signing.childSets().forEach(set -> sets.put(set.type(), set.records()));
    return sets.values().stream().flatMap(List::stream).toList();
  }

  /** The KSK's signatures over them: of each set the last one that has begun. */
  List<AnswerRow> childSignatures(Instant now) {
    Map<Integer, SignedChildSet> current = new TreeMap<>();
    for (SignedChildSet set : signing.childSets()) {
      if (!set.window().activeFrom().isAfter(now) || !current.containsKey(set.type())) {
        current.put(set.type(), set);
      }
    }
    return current.values().stream().map(set -> row(origin, set.signature())).toList();
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
