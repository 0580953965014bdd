package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.keyset.Campaign.Next;
import org.keyward.keyset.Campaign.Progress;
import org.keyward.keyset.Campaign.Zone;
import org.xbill.DNS.Name;

/** Which zones of a key begin now. */
class CampaignTest {
  private static List<Name> names(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Name.fromConstantString("z" + i + ".example."))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"1000,10,90,900", "1,1,0,0", "2,1,1,0", "5,1,1,3", "0,0,0,0", "101,2,9,90"})
  void aWaveHasItsPartAndAZoneAtTheLeast(int zones, int first, int second, int third) {
    Map<Name, Integer> waves = Waves.DEFAULT.of(names(zones));
    assertThat(waves).hasSize(zones);
    assertThat(List.of(count(waves, 1), count(waves, 2), count(waves, 3)))
        .containsExactly(first, second, third);
  }

  private static int count(Map<Name, Integer> waves, int wave) {
    return Collections.frequency(waves.values(), wave);
  }

  @Test
  void whichZonesAreFirstDoesNotFollowFromTheOrderInWhichTheyAreGiven() {
    List<Name> zones = names(500);
    List<Name> reversed = new java.util.ArrayList<>(zones);
    Collections.reverse(reversed);
    assertThat(Waves.DEFAULT.of(reversed)).isEqualTo(Waves.DEFAULT.of(zones));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1,10", "10,1,100", "0,100", "1,1,100", "1,200", "a,100", "100,"})
  void otherWavesAreRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Waves.parse(text))
        .withMessageContaining("as in 1,10,100");
  }

  @Test
  void wavesAreWrittenAsTheyAreRead() {
    assertThat(Waves.parse("5, 50,100")).hasToString("5,50,100");
    assertThat(Waves.parse("100").of(names(3)).values()).containsOnly(1);
  }

  private static Zone zone(int id, int wave, Progress progress) {
    return new Zone(id, wave, progress, Optional.empty());
  }

  @Test
  void aWaveBeginsWhenEachZoneOfTheOneBeforeIsOver() {
    Map<Integer, Progress> progress = new HashMap<>();
    IntStream.rangeClosed(1, 6).forEach(id -> progress.put(id, Progress.WAITING));
    assertThat(next(progress)).isEqualTo(new Next.Begin(1, List.of(1)));
    progress.put(1, Progress.ROLLING);
    assertThat(next(progress)).isEqualTo(new Next.Wait(1));
    progress.put(1, Progress.OVER);
    assertThat(next(progress)).isEqualTo(new Next.Begin(2, List.of(2, 3)));
    progress.put(2, Progress.ROLLING);
    assertThat(next(progress)).isEqualTo(new Next.Begin(2, List.of(3)));
    progress.put(3, Progress.OVER);
    assertThat(next(progress)).isEqualTo(new Next.Wait(2));
    progress.put(2, Progress.OVER);
    assertThat(next(progress)).isEqualTo(new Next.Begin(3, List.of(4, 5, 6)));
    IntStream.rangeClosed(4, 6).forEach(id -> progress.put(id, Progress.OVER));
    assertThat(next(progress)).isEqualTo(new Next.End());
  }

  /** Zones 1 / 2, 3 / 4, 5, 6. */
  private static Next next(Map<Integer, Progress> progress) {
    return new Campaign(
            progress.entrySet().stream()
                .map(one -> zone(one.getKey(), wave(one.getKey()), one.getValue()))
                .toList())
        .next();
  }

  private static int wave(int id) {
    return id == 1 ? 1 : id <= 3 ? 2 : 3;
  }

  @ParameterizedTest
  @CsvSource({"ROLLING,1,true", "WAITING,1,true", "OVER,1,false", "WAITING,2,false"})
  void haltsForTroubleOfAZoneThatHasBegunOrIsAboutTo(Progress progress, int wave, boolean halts) {
    Campaign campaign =
        new Campaign(
            List.of(
                zone(1, 1, Progress.ROLLING),
                new Zone(2, wave, progress, Optional.of("it is stuck"))));
    assertThat(campaign.next()).isEqualTo(halts ? new Next.Halt("it is stuck") : new Next.Wait(1));
  }
}
