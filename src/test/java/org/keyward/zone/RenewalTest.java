package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.clock.MovedClock;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.FormattedTime;
import org.xbill.DNS.Name;

/** What is served around the moments at which records or signatures change. */
class RenewalTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final Name WWW = Name.fromConstantString("www.example.com.");
  private static final RecordRow ADDRESS = new RecordRow(2, WWW, "A", "192.0.2.1", 300, 0);
  private final MovedClock time = new MovedClock(Instant.parse("2026-03-01T10:00:00Z"));
  private final ZoneSigning signing =
      SignedZones.signing(ORIGIN, time, 5, Algorithm.ECDSAP256SHA256);
  private LoadedZone zone = load(1);

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
    Instant renewal = zone.lookup(WWW).orElseThrow().valid().until();
    time.now = renewal.minus(Duration.ofHours(1));
    assertThat(zone.signAhead(Optional.empty(), 1)).contains(WWW);
    assertThat(zone.signAhead(Optional.of(WWW), 1)).as("the last").isEmpty();
    assertThat(zone.signAhead(Optional.empty(), 1)).as("once").isEmpty();
    assertThat(signatures(zone, WWW, "A")).isEqualTo(before);

    time.now = renewal;
    List<String> renewed = signatures(zone, WWW, "A");
    assertThat(renewed).hasSize(1).doesNotContainAnyElementsOf(before);
    assertThat(signatures(zone, WWW, "A")).isEqualTo(renewed);
    assertThat(zone.lookup(WWW).orElseThrow().valid().until()).isAfter(renewal);
  }

  @Test
  void aChangeAfterSigningAheadIsNotForgotten() {
    Instant renewal = zone.lookup(WWW).orElseThrow().valid().until();
    time.now = renewal.minus(Duration.ofHours(1));
    assertThat(zone.signAhead(Optional.empty(), 1)).contains(WWW);
    zone = zone.with(Set.of(WWW), List.of(new RecordRow(2, WWW, "A", "192.0.2.9", 300, 0)));
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
    zone =
        zone.signedWith(
                Optional.of(new ZoneSigning(signing.schedule(), fewer, signing.zoneSigningKeys())))
            .orElseThrow();
    assertThat(signatures(zone, WWW, "A")).isEqualTo(before);
    assertThat(zone.signedWith(Optional.empty())).as("no longer signed: load it").isEmpty();
    ZoneSigning other = SignedZones.signing(ORIGIN, time, 5, Algorithm.ECDSAP256SHA256);
    assertThat(zone.signedWith(Optional.of(other))).as("another ZSK: load it").isEmpty();
  }

  /** Without the signatures' bytes, which are others each time. */
  private static List<String> served(LoadedZone of, Name owner) {
    return of.lookup(owner).orElseThrow().rows().stream()
        .map(row -> row.type() + " " + row.content())
        .map(text -> text.startsWith("RRSIG ") ? text.replaceFirst("\\S+$", "") : text)
        .toList();
  }

  /** Where a moment lies far from the time that it is: each is a clock that was set wrong. */
  @ParameterizedTest
  @ValueSource(strings = {"PT1M", "PT1H", "P1D", "P8D", "P60D", "P365D"})
  void aClockThatWasWrongForAMomentLeavesNothingBehind(Duration wrong) {
    List<String> www = served(zone, WWW);
    List<String> apex = served(zone, ORIGIN);
    Instant right = time.now;
    for (Instant at : List.of(right.plus(wrong), right.minus(wrong))) {
      time.now = at;
      zone.lookup(WWW);
      zone.lookup(ORIGIN);
      zone.signAhead(Optional.empty(), 10);
      time.now = right;
      assertThat(served(zone, WWW)).isEqualTo(www);
      assertThat(served(zone, ORIGIN)).isEqualTo(apex);
    }
  }

  @Test
  void aZoneReadWhileTheClockWasAheadIsServedAtTheRightTime() {
    List<String> apex = served(zone, ORIGIN);
    Instant right = time.now;
    time.now = right.plus(Duration.ofDays(60));
    LoadedZone ahead = load(1);
    ahead.lookup(ORIGIN);
    time.now = right;
    assertThat(served(ahead, ORIGIN)).isEqualTo(apex);
  }

  /** A signature made for a later window is better than one that has ended. */
  @Test
  void aKeySetThatIsValidIsServedBeforeItsTimeWhenNoOtherIs() {
    SignedKeySet later = signing.keySets().get(1);
    LoadedZone only =
        new LoadedZone(
            SignedZones.zone(
                ORIGIN,
                List.of(soa(1), ADDRESS),
                Optional.of(
                    new ZoneSigning(
                        signing.schedule(),
                        List.of(later, signing.keySets().get(2)),
                        signing.zoneSigningKeys()))),
            time);
    time.now = later.window().inception();
    assertThat(signatures(only, ORIGIN, "DNSKEY"))
        .singleElement()
        .asString()
        .contains(FormattedTime.format(later.window().inception()));
  }

  @Test
  void theChainOfBeforeIsReadWhenTheClockGoesBack() {
    Instant change = time.now;
    ZoneData data =
        SignedZones.with(
            SignedZones.zone(ORIGIN, List.of(soa(1), ADDRESS), Optional.of(signing)),
            Map.of(),
            new DenialChange(Optional.of("1 0 0 -"), change.minusSeconds(90), Duration.ZERO),
            new DenialChange(Optional.empty(), change, Duration.ZERO));
    time.now = change.plusSeconds(5);
    LoadedZone after = new LoadedZone(data, time);
    assertThat(after.isReadFor(time.now)).isTrue();
    assertThat(after.isReadFor(change.minusSeconds(1))).isFalse();
  }
}
