package org.keyward.copy;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.zone.ModeSchedule;
import org.keyward.zone.NeededKey;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.SignedChildSet;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.SigningMode;
import org.keyward.zone.ZoneFaultException;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;

/** What a zone is signed with, in the copy. */
final class SigningFormat {
  private final KeyFormat keys;

  SigningFormat(KeyFormat keys) {
    this.keys = keys;
  }

  void write(ZoneSigning signing, ValueWriter out) throws IOException {
    out.text(signing.mode().mode().name());
    out.optional(signing.mode().since(), out::time);
    out.duration(signing.mode().half());
    out.yes(signing.mode().held());
    out.duration(signing.schedule().validity());
    out.duration(signing.schedule().step());
    out.duration(signing.schedule().inceptionOffset());
    out.number(signing.dnskeyTtl());
    out.list(signing.keySets(), set -> keySet(set, out));
    out.list(signing.childSets(), set -> childSet(set, out));
    out.list(signing.unusable(), problem -> problem(problem, out));
    out.list(signing.zoneSigningKeys(), key -> KeyFormat.write(key, out));
    out.list(signing.needed(), key -> needed(key, out));
    out.list(signing.liveKeys(), key -> keys.write(key, out));
  }

  private static void needed(NeededKey key, ValueWriter out) throws IOException {
    out.dnsRecord(key.key());
    out.optional(key.until(), out::time);
  }

  private static void keySet(SignedKeySet set, ValueWriter out) throws IOException {
    window(set.window(), out);
    out.list(set.keys(), out::dnsRecord);
    out.list(set.signatures(), out::dnsRecord);
  }

  private static void childSet(SignedChildSet set, ValueWriter out) throws IOException {
    window(set.window(), out);
    out.list(set.records(), out::dnsRecord);
    out.list(set.signatures(), out::dnsRecord);
  }

  private static void window(ValidityWindow window, ValueWriter out) throws IOException {
    for (Instant moment : List.of(window.activeFrom(), window.inception(), window.expiration())) {
      out.time(moment);
    }
  }

  private static void problem(RecordProblem problem, ValueWriter out) throws IOException {
    out.text(problem.owner());
    out.text(problem.type());
    out.text(problem.content());
    out.text(problem.reason());
  }

  /**
   * Without the signatures that have expired.
   *
   * @throws ZoneFaultException when all have
   */
  ZoneSigning read(ValueReader in, Name zone, Instant now) throws IOException {
    ModeSchedule mode =
        new ModeSchedule(
            SigningMode.valueOf(in.text()), in.optional(in::time), in.duration(), in.yes());
    SigningSchedule schedule = new SigningSchedule(in.duration(), in.duration(), in.duration());
    long ttl = in.longNumber();
    List<SignedKeySet> keySets = in.list(() -> keySet(in));
    List<SignedChildSet> childSets = in.list(() -> childSet(in));
    keySets.removeIf(set -> hasExpired(set.window(), now));
    childSets.removeIf(set -> hasExpired(set.window(), now));
    if (keySets.isEmpty()) {
      throw new ZoneFaultException(
          "its signatures in the copy of the zones have expired, and there is no database");
    }
    return new ZoneSigning(
        mode,
        schedule,
        ttl,
        keySets,
        childSets,
        in.list(() -> new RecordProblem(in.text(), in.text(), in.text(), in.text())),
        in.list(() -> KeyFormat.zoneSigningKey(in)),
        in.list(() -> new NeededKey((DNSKEYRecord) in.dnsRecord(), in.optional(in::time))),
        in.list(() -> keys.read(in, zone)));
  }

  private static boolean hasExpired(ValidityWindow window, Instant now) {
    return !now.isBefore(window.expiration());
  }

  private static SignedKeySet keySet(ValueReader in) throws IOException {
    return new SignedKeySet(
        window(in),
        in.list(() -> (DNSKEYRecord) in.dnsRecord()),
        in.list(() -> (RRSIGRecord) in.dnsRecord()));
  }

  private static SignedChildSet childSet(ValueReader in) throws IOException {
    return new SignedChildSet(
        window(in), in.list(in::dnsRecord), in.list(() -> (RRSIGRecord) in.dnsRecord()));
  }

  private static ValidityWindow window(ValueReader in) throws IOException {
    return new ValidityWindow(in.time(), in.time(), in.time());
  }
}
