package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.keyward.dnssec.Algorithm;
import org.xbill.DNS.Name;

/** What is served around the moments at which records or signatures change. */
class RenewalTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final Name WWW = Name.fromConstantString("www.example.com.");
  private static final RecordRow ADDRESS = new RecordRow(2, WWW, "A", "192.0.2.1", 300, 0);
  private final Time time = new Time();
  private final ZoneSigning signing =
      SignedZones.signing(ORIGIN, time, 5, Algorithm.ECDSAP256SHA256);
  private final LoadedZone zone = load(1);

  private static final class Time extends Clock {
    private Instant now = Instant.parse("2026-03-01T10:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId other) {
      return this;
    }
  }

  private LoadedZone load(int serial) {
    return new LoadedZone(
        SignedZones.zone(ORIGIN, List.of(soa(serial), ADDRESS), Optional.of(signing)), time);
  }

  private static RecordRow soa(int serial) {
    return new RecordRow(
        1, ORIGIN, "SOA", "ns.example.com h.example.com " + serial + " 2 3 4 5", 300, 0);
  }

  private List<String> signatures(LoadedZone of, Name owner, String type) {
    return of.lookup(owner).orElseThrow().rows().stream()
        .filter(row -> row.type().equals("RRSIG") && row.content().startsWith(type + " "))
        .map(AnswerRow::content)
        .toList();
  }

  @Test
  void signaturesOfNamesThatWereAskedForAreRenewedAhead() {
    List<String> before = signatures(zone, WWW, "A");
    assertThat(zone.signAhead(Optional.empty(), 1)).as("not near yet").isEmpty();
    Instant renewal = zone.lookup(WWW).orElseThrow().validUntil();
    time.now = renewal.minus(Duration.ofHours(1));
    assertThat(zone.signAhead(Optional.empty(), 1)).contains(WWW);
    assertThat(zone.signAhead(Optional.of(WWW), 1)).as("the last").isEmpty();
    assertThat(zone.signAhead(Optional.empty(), 1)).as("once").isEmpty();
    assertThat(signatures(zone, WWW, "A")).isEqualTo(before);

    time.now = renewal;
    List<String> renewed = signatures(zone, WWW, "A");
    assertThat(renewed).hasSize(1).doesNotContainAnyElementsOf(before);
    assertThat(signatures(zone, WWW, "A")).isEqualTo(renewed);
    assertThat(zone.lookup(WWW).orElseThrow().validUntil()).isAfter(renewal);
  }

  @Test
  void aChangeAfterSigningAheadIsNotForgotten() {
    Instant renewal = zone.lookup(WWW).orElseThrow().validUntil();
    time.now = renewal.minus(Duration.ofHours(1));
    assertThat(zone.signAhead(Optional.empty(), 1)).contains(WWW);
    zone.replace(Set.of(WWW), List.of(new RecordRow(2, WWW, "A", "192.0.2.9", 300, 0)));
    time.now = renewal;
    assertThat(zone.lookup(WWW).orElseThrow().rows())
        .filteredOn(row -> row.type().equals("A"))
        .extracting(AnswerRow::content)
        .containsExactly("192.0.2.9");
  }

  @Test
  void moreKeySetsComeWithoutReadingTheRecords() {
    List<String> before = signatures(zone, WWW, "A");
    List<SignedKeySet> fewer = signing.keySets().subList(0, 2);
    assertThat(
            zone.signWith(
                Optional.of(new ZoneSigning(signing.schedule(), fewer, signing.zoneSigningKeys()))))
        .isTrue();
    assertThat(signatures(zone, WWW, "A")).isEqualTo(before);
    assertThat(zone.signWith(Optional.empty())).as("no longer signed: load it").isFalse();
    ZoneSigning other = SignedZones.signing(ORIGIN, time, 5, Algorithm.ECDSAP256SHA256);
    assertThat(zone.signWith(Optional.of(other))).as("another ZSK: load it").isFalse();
  }
}
