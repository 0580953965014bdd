package org.keyward.zone;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.keyward.content.RecordType;
import org.keyward.dnssec.FormattedTime;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.TimeText;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.keyset.Span;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
  private static final Logger log = LoggerFactory.getLogger(ZoneSigner.class);
  private final Name origin;
  private final ZoneSigning signing;
  private final KskSignatures<SignedKeySet> keySets;
  private final KskSignatures<SignedChildSet> childSets;

  ZoneSigner(Name origin, ZoneSigning signing) {
    this.origin = origin;
    this.signing = signing;
    this.keySets = new KskSignatures<>(signing.keySets(), SignedKeySet::verifies);
    Set<DNSKEYRecord> keys =
        signing.childSets().isEmpty()
            ? Set.of()
            : signing.keySets().stream()
                .flatMap(set -> set.keys().stream())
                .collect(Collectors.toSet());
    this.childSets = new KskSignatures<>(signing.childSets(), set -> set.verifies(keys));
  }

  /**
   * Meets now, and not with a question, what keeps the zone from being signed.
   *
   * @throws ZoneFaultException when no signature of the KSK fits
   */
  void check(Instant now) {
    lasting(now);
    setsLasting(now);
    if (usable(now, signing.dnskeyTtl()).isEmpty()) {
      throw new ZoneFaultException(
          "no signature of its key signing key fits the DNSKEY set that its rows in keyward.key and"
              + " keyward.zsk make; restore them and keyward.signed_set from a backup");
    }
    List<String> missing = heldFor(now);
    if (!missing.isEmpty()) {
      log.warn(
          "zone {}: its latest DNSKEY set lacks {}, which caches may need; the former set is served for as"
              + " long as it is valid",
          NameText.of(origin),
          missing);
    }
  }

  /** The KSKs whose signature is valid; none when there is no such signature. */
  Set<DNSKEYRecord> validKeys(Instant now) {
    return usable(now, signing.dnskeyTtl())
        .filter(
            set -> {
              Use use = Use.of(set.window(), now);
              return use == Use.EARLY || use == Use.IN_USE;
            })
        .map(
            set ->
                set.keys().stream()
                    .filter(key -> (key.getFlags() & DNSKEYRecord.Flags.SEP_KEY) != 0)
                    .collect(Collectors.toSet()))
        .orElse(Set.of());
  }

  /** Verifies what is signed ahead; whether something wrong was found. */
  boolean verifyAll() {
    boolean keysWrong = keySets.verifyAll();
    return childSets.verifyAll() || keysWrong;
  }

  /** Stored signatures that are not used. */
  List<RecordProblem> problems() {
    List<RecordProblem> problems = new ArrayList<>(signing.unusable());
    keySets.wrong().forEach(set -> problems.add(wrong("DNSKEY", set.window())));
    childSets.wrong().forEach(set -> problems.add(wrong(Type.string(set.type()), set.window())));
    return problems;
  }

  private RecordProblem wrong(String type, ValidityWindow window) {
    return new RecordProblem(
        NameText.of(origin),
        "RRSIG",
        type,
        "the stored signature over the "
            + type
            + " set that is for use from "
            + TimeText.of(window.activeFrom())
            + " on does not fit the set; the one before it is used for as long as it is valid");
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
        && timed(signing.zoneSigningKeys()).equals(timed(other.zoneSigningKeys()));
  }

  private static Map<DNSKEYRecord, Span> timed(List<ZoneSigningKey> keys) {
    return keys.stream()
        .collect(Collectors.toMap(key -> key.key().dnskey(), ZoneSigningKey::signs));
  }

  private static List<Integer> ids(List<CryptoKey> keys) {
    return keys.stream().map(CryptoKey::id).toList();
  }

  Duration step() {
    return signing.schedule().step();
  }

  /**
   * The times of what is signed now. It begins anew where another ZSK begins or ends to sign, since
   * all signatures are others from then on.
   */
  ValidityWindow window(Instant now) {
    ValidityWindow window = signing.schedule().windowAt(origin, now);
    Instant sameKeysSince = sameKeys(now).from();
    return sameKeysSince.isAfter(window.activeFrom())
        ? new ValidityWindow(sameKeysSince, window.inception(), window.expiration())
        : window;
  }

  private Interval sameKeys(Instant now) {
    return Interval.around(
        now,
        signing.zoneSigningKeys().stream()
            .map(ZoneSigningKey::signs)
            .flatMap(signs -> Stream.concat(Stream.of(signs.from()), signs.until().stream()))
            .toList());
  }

  /** Around {@code now}, for how long what is signed here stays as it is. */
  Interval lasting(Instant now) {
    ValidityWindow window = signing.schedule().windowAt(origin, now);
    return new Interval(window.activeFrom(), signing.schedule().next(window).activeFrom())
        .and(sameKeys(now))
        .and(mode().lasting(now));
  }

  /** The same of what the KSK signed ahead. */
  Interval setsLasting(Instant now) {
    List<Instant> moments = new ArrayList<>();
    signing.keySets().forEach(set -> moments.addAll(set.window().moments()));
    signing.childSets().forEach(set -> moments.addAll(set.window().moments()));
    signing.needed().forEach(key -> key.until().ifPresent(moments::add));
    return Interval.around(now, moments);
  }

  /** The key set in use; of those that are so, one with the TTL that is wanted. */
  private SignedKeySet keySet(Instant now, long wantedTtl) {
    return usable(now, wantedTtl).orElse(signing.keySets().get(0));
  }

  /**
   * What must not be served is not served, whatever the signer has made: as long as a set with all
   * that caches may need is valid, none is used that lacks some of it.
   */
  private Optional<SignedKeySet> usable(Instant now, long wantedTtl) {
    Optional<SignedKeySet> latest = best(now, wantedTtl, any -> true);
    return latest.isEmpty() || hasAllNeeded(latest.get(), now)
        ? latest
        : best(
                now,
                wantedTtl,
                set -> hasAllNeeded(set, now) && Use.of(set.window(), now) == Use.IN_USE)
            .or(() -> latest);
  }

  private Optional<SignedKeySet> best(
      Instant now, long wantedTtl, Predicate<SignedKeySet> ofThese) {
    return keySets.best(
        ofThese,
        sets ->
            inUse(
                sets,
                SignedKeySet::window,
                now,
                Comparator.comparing(set -> set.ttl() == wantedTtl)));
  }

  private boolean hasAllNeeded(SignedKeySet set, Instant now) {
    return signing.needed().stream()
        .filter(needed -> needed.isNeeded(now))
        .allMatch(needed -> needed.isIn(set));
  }

  /** The keys that the latest set lacks, for which a former one is used; else none. */
  private List<String> heldFor(Instant now) {
    Optional<SignedKeySet> latest = best(now, signing.dnskeyTtl(), any -> true);
    return latest.equals(usable(now, signing.dnskeyTtl()))
        ? List.of()
        : signing.needed().stream()
            .filter(needed -> needed.isNeeded(now))
            .filter(needed -> !needed.isIn(latest.orElseThrow()))
            .map(NeededKey::words)
            .toList();
  }

  /** How well a signature is used at a moment, worst first. */
  private enum Use {
    NOT_BEGUN,
    EXPIRED,
    EARLY,
    IN_USE;

    static Use of(ValidityWindow window, Instant now) {
      if (!now.isBefore(window.expiration())) {
        return EXPIRED;
      }
      if (now.isBefore(window.inception())) {
        return NOT_BEGUN;
      }
      return now.isBefore(window.activeFrom()) ? EARLY : IN_USE;
    }
  }

  /**
   * The last one that has begun, for as long as no later one has. Without any, one that is valid
   * all the same; without that too, the last that was, which is no worse than none.
   */
  private static <S> S inUse(
      List<S> sets, Function<S, ValidityWindow> window, Instant now, Comparator<S> preferred) {
    Comparator<S> order =
        Comparator.<S, Use>comparing(set -> Use.of(window.apply(set), now))
            .thenComparing(preferred);
    S best = sets.get(0);
    for (S set : sets) {
      int better = order.compare(set, best);
      if (better > 0 || (better == 0 && Use.of(window.apply(set), now) != Use.NOT_BEGUN)) {
        best = set;
      }
    }
    return best;
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

  /** The CDS and CDNSKEY records of the zone, unless no signature over them fits. */
  List<Record> childRecords() {
    return childTypes()
        .flatMap(
            type ->
                childSets
                    .best(set -> set.type() == type, sets -> sets.get(sets.size() - 1))
                    .stream())
        .flatMap(set -> set.records().stream())
        .toList();
  }

  private Stream<Integer> childTypes() {
    return signing.childSets().stream().map(SignedChildSet::type).sorted().distinct();
  }

  /** The KSK's signatures over them: of each set the one in use. */
  List<AnswerRow> childSignatures(Instant now) {
    return childTypes()
        .flatMap(
            type ->
                childSets
                    .best(
                        set -> set.type() == type,
                        sets ->
                            inUse(
                                sets,
                                SignedChildSet::window,
                                now,
                                Comparator.comparing(SignedChildSet::type)))
                    .stream())
        .flatMap(set -> set.signatures().stream())
        .map(signature -> row(origin, signature))
        .toList();
  }

  /**
   * @param window as {@link #window} gives it; the keys that sign when it begins
   */
  List<AnswerRow> sign(Name owner, List<Record> rrset, ValidityWindow window) {
    List<AnswerRow> rows = new ArrayList<>(1);
    for (ZoneSigningKey key : signing.zoneSigningKeys()) {
      if (key.signs().covers(window.activeFrom())) {
        rows.add(row(owner, RrsetSigner.sign(rrset, key.key(), window)));
      }
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
        RecordType.listed(signature.getTypeCovered()),
        String.valueOf(signature.getAlgorithm()),
        String.valueOf(signature.getLabels()),
        String.valueOf(signature.getOrigTTL()),
        FormattedTime.format(signature.getExpire()),
        FormattedTime.format(signature.getTimeSigned()),
        String.valueOf(signature.getFootprint()),
        NameText.of(signature.getSigner()),
        Base64.getEncoder().encodeToString(signature.getSignature()));
  }
}
