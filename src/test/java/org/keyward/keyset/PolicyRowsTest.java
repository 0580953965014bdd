package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Policies that are based on others. */
class PolicyRowsTest {
  private static final PolicyRow DEFAULT = row("default", null, Map.of());
  private static final PolicyRow AS_BEFORE =
      row("as-before", "default", Map.of(PolicyTerm.ZSK_LIFETIME, Duration.ZERO));
  private static final PolicyRows BUILT_IN =
      PolicyRows.of(List.of(DEFAULT, AS_BEFORE), Policy.DEFAULT);

  private static PolicyRow row(String name, String base, Map<PolicyTerm, Duration> terms) {
    return new PolicyRow(
        name,
        Optional.ofNullable(base),
        terms,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void whatNobodySaysIsBuiltIn() {
    ZonePolicy built = BUILT_IN.effective("default");
    assertThat(built.policy()).isEqualTo(Policy.DEFAULT);
    assertThat(built.policy().zskLifetime()).contains(Duration.ofDays(91));
    assertThat(built.policy().kskLifetime()).isEmpty();
    assertThat(built.pace()).isEqualTo(Pace.LAZY);
    assertThat(built.parentDs()).isEqualTo(DsWriting.HAND);
    assertThat(BUILT_IN.effective("as-before").policy().zskLifetime()).isEmpty();
  }

  @Test
  void aPolicyThatIsNotThereIsTheDefault() {
    assertThat(BUILT_IN.effective("gone").policy()).isEqualTo(Policy.DEFAULT);
  }

  @Test
  void theNearestSaysIt() {
    PolicyRows rows =
        BUILT_IN
            .with(
                new PolicyRow(
                    "banks",
                    Optional.of("default"),
                    Map.of(
                        PolicyTerm.ZSK_LIFETIME, Duration.ofDays(120),
                        PolicyTerm.RETIRE_SAFETY, Duration.ofHours(6)),
                    Optional.of(Pace.NOW),
                    Optional.of("vault/ksk-2027"),
                    Optional.of(DsWriting.WRITE)))
            .with(row("small-banks", "banks", Map.of(PolicyTerm.RETIRE_SAFETY, Duration.ZERO)));
    ZonePolicy small = rows.effective("small-banks");
    assertThat(small.policy().zskLifetime()).contains(Duration.ofDays(120));
    assertThat(small.policy().retireSafety()).isZero();
    assertThat(small.policy().publishSafety()).isEqualTo(Duration.ofHours(1));
    assertThat(small.pace()).isEqualTo(Pace.NOW);
    assertThat(small.nextKsk()).contains("vault/ksk-2027");
    assertThat(small.parentDs()).isEqualTo(DsWriting.WRITE);
    assertThat(rows.heirs("banks")).containsExactly("banks", "small-banks");
    assertThat(rows.faults("banks")).isEmpty();
  }

  @Test
  void aLifetimeThatIsShorterThanARollIsRefusedAlsoForThoseThatInheritIt() {
    PolicyRows rows =
        BUILT_IN
            .with(row("slow", "default", Map.of(PolicyTerm.DATA_TTL, Duration.ofDays(12))))
            .with(row("default", null, Map.of(PolicyTerm.ZSK_LIFETIME, Duration.ofDays(80))));
    assertThat(rows.faults("default"))
        .containsExactly(
            "slow: zsk-lifetime must be 89d9h or more, or never: with this runway and these margins a roll"
                + " is not over when the next one begins");
    assertThat(
            BUILT_IN
                .with(row("default", null, Map.of(PolicyTerm.KSK_LIFETIME, Duration.ofDays(30))))
                .faults("default"))
        .first()
        .asString()
        .contains("ksk-lifetime must be 78d10h or more");
  }

  @Test
  void aPolicyIsNotBasedOnItselfNorOnNothing() {
    PolicyRows rows = BUILT_IN.with(row("a", "b", Map.of())).with(row("b", "a", Map.of()));
    assertThat(rows.faults("a")).containsExactly("a would be based on itself");
    assertThat(BUILT_IN.with(row("a", "nowhere", Map.of())).faults("a"))
        .containsExactly("there is no policy nowhere");
  }

  @Test
  void aTurnIsAfterTheLifetimeWasSetAndNotOfAYoungKey() {
    Duration life = Duration.ofSeconds(100);
    Turns turns = new Turns(30);
    assertThat(turns.first(life, at(0), at(-500))).isEqualTo(at(30));
    assertThat(turns.first(life, at(30), at(-500))).isEqualTo(at(130));
    assertThat(turns.first(life, at(0), at(0))).isEqualTo(at(130));
    assertThat(turns.first(life, at(0), at(-4))).isEqualTo(at(30));
  }

  private static Instant at(long second) {
    return Instant.ofEpochSecond(second);
  }
}
