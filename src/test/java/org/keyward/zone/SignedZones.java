package org.keyward.zone;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.keyset.Span;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Zones signed with keys in software, for tests. */
final class SignedZones {
  static final SigningSchedule SCHEDULE =
      new SigningSchedule(Duration.ofDays(14), Duration.ofDays(7), Duration.ofHours(1));

  private SignedZones() {}

  static ZoneData zone(Name origin, List<RecordRow> rows, Optional<ZoneSigning> signing) {
    ZoneHeader header =
        new ZoneHeader(
            1,
            origin,
            ZoneHeader.Kind.NATIVE,
            List.of(),
            1,
            Optional.empty(),
            Optional.empty(),
            "");
    return new ZoneData(header, rows, Map.of(), List.of(), signing, List.of());
  }

  static ZoneData with(ZoneData zone, Map<String, List<String>> metadata, DenialChange... changes) {
    return new ZoneData(
        zone.header(),
        zone.records(),
        metadata,
        zone.cryptokeys(),
        zone.signing(),
        List.of(changes));
  }

  /** A signing with {@code steps} key sets ahead of {@code clock}. */
  static ZoneSigning signing(Name origin, Clock clock, int steps) {
    return signing(origin, clock, steps, Algorithm.ECDSAP256SHA256);
  }

  static ZoneSigning signing(Name origin, Clock clock, int steps, Algorithm algorithm) {
    SoftwareKey ksk = SoftwareKeys.generate(origin, algorithm, SoftwareKeys.KSK_FLAGS);
    SoftwareKey zsk = SoftwareKeys.generate(origin, algorithm, SoftwareKeys.ZSK_FLAGS);
    List<Record> keys = RrsetSigner.withTtl(List.of(ksk.dnskey(), zsk.dnskey()), 3600);
    List<SignedKeySet> sets = new ArrayList<>();
    Instant now = clock.instant();
    ValidityWindow window = SCHEDULE.windowAt(origin, now);
    for (int i = 0; i < steps; i++) {
      sets.add(
          new SignedKeySet(
              window,
              keys.stream().map(DNSKEYRecord.class::cast).toList(),
              List.of(RrsetSigner.sign(keys, ksk, window))));
      window = SCHEDULE.next(window);
    }
    return new ZoneSigning(
        SCHEDULE, sets, List.of(new ZoneSigningKey(zsk, Span.since(Instant.EPOCH))));
  }
}
