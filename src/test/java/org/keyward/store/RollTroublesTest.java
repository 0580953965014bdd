package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What may happen in the middle of a roll: the other key rolls too, the token or the signer is
 * away.
 */
@Tag("once")
class RollTroublesTest {
  private static final boolean THOROUGH = Boolean.getBoolean("keyward.test.thorough");
  private static final List<String> ZSK_STEPS =
      List.of("entering", "published", "switching", "retiring", "leaving", "forgotten");
  private static final List<String> KSK_STEPS =
      List.of("entering", "published", "submitted", "retiring", "leaving", "forgotten");
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
    world.tick();
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
    world.close();
  }

  private void start(String role) {
    assertThat(role.equals("ksk") ? world.startKsk("start", "second") : world.command("start"))
        .startsWith("done: ");
  }

  /** Up to a phase; the parent gets the new DS when it is due. */
  private void until(String role, String phase) {
    if (world.phase(role).equals(phase)) {
      return;
    }
    int due = KSK_STEPS.indexOf("submitted");
    if (role.equals("ksk") && (phase.isEmpty() || KSK_STEPS.indexOf(phase) > due)) {
      if (world.phase("ksk").isEmpty() || KSK_STEPS.indexOf(world.phase("ksk")) <= due) {
        world.until("ksk", "submitted");
        world.parentShows(3600, "second");
      }
    }
    world.until(role, phase);
  }

  private void bothHaveEndedWell(String... roles) {
    for (String role : roles) {
      assertThat(
              world.texts(
                  "SELECT next_phase FROM keyward.roll_history WHERE role = '"
                      + role
                      + "' AND next_phase IS NOT NULL ORDER BY id"))
          .as("phases of the %s", role)
          .isEqualTo(role.equals("ksk") ? KSK_STEPS : ZSK_STEPS);
      assertThat(
              world.texts(
                  "SELECT state FROM keyward.key_states WHERE role = '"
                      + role
                      + "' ORDER BY key_id"))
          .containsExactly("gone", "active");
    }
    assertThat(world.bogus()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("phasesOfTheKsk")
  void theZskRollsInEachPhaseOfTheKsk(String phase) {
    start("ksk");
    until("ksk", phase);
    start("zsk");
    until("ksk", "");
    until("zsk", "");
    bothHaveEndedWell("ksk", "zsk");
  }

  @ParameterizedTest
  @MethodSource("phasesOfTheZsk")
  void theKskRollsInEachPhaseOfTheZsk(String phase) {
    start("zsk");
    until("zsk", phase);
    start("ksk");
    until("zsk", "");
    until("ksk", "");
    bothHaveEndedWell("zsk", "ksk");
  }

  @ParameterizedTest
  @MethodSource("phases")
  void theTokenIsAwayForAMonth(String role, String phase) {
    start(role);
    until(role, phase);
    world.tokens.unplugAt(world.tokens.signed());
    world.pass(25);
    world.tokens.plugIn();
    until(role, "");
    bothHaveEndedWell(role);
  }

  /** Under the label there is another key: what it signs is not taken, and the roll waits. */
  @ParameterizedTest
  @MethodSource("phases")
  void theWrongKeyIsUnderTheLabelForAMonth(String role, String phase) {
    start(role);
    until(role, phase);
    String sets = "SELECT count(*) FROM keyward.signed_set";
    world.tokens.signWrongly(true);
    String before = world.text(sets);
    world.pass(25);
    assertThat(Integer.parseInt(world.text(sets)))
        .as("nothing that does not verify is stored")
        .isLessThanOrEqualTo(Integer.parseInt(before));
    world.tokens.signWrongly(false);
    world.restart(); // the key is set aside for a minute, which is no simulated one
    until(role, "");
    bothHaveEndedWell(role);
  }

  @ParameterizedTest
  @MethodSource("phases")
  void aSignatureTakesTwoSeconds(String role, String phase) {
    start(role);
    until(role, phase);
    world.tokens.afterEach(() -> world.time.pass(Duration.ofSeconds(2)));
    until(role, "");
    bothHaveEndedWell(role);
  }

  static List<String> phasesOfTheKsk() {
    return THOROUGH ? KSK_STEPS : List.of("published", "retiring");
  }

  static List<String> phasesOfTheZsk() {
    return THOROUGH ? ZSK_STEPS : List.of("published", "retiring");
  }

  /** Every phase where there is time, else the one in which most waits. */
  static Stream<Arguments> phases() {
    return THOROUGH
        ? allPhases()
        : Stream.of(Arguments.of("zsk", "switching"), Arguments.of("ksk", "submitted"));
  }

  private static Stream<Arguments> allPhases() {
    return Stream.concat(
        ZSK_STEPS.stream().map(phase -> Arguments.of("zsk", phase)),
        KSK_STEPS.stream().map(phase -> Arguments.of("ksk", phase)));
  }

  @ParameterizedTest
  @MethodSource("absences")
  void theSignerIsAway(String role, String phase, int days) {
    start(role);
    until(role, phase);
    world.withoutSigner(Duration.ofDays(days));
    until(role, "");
    bothHaveEndedWell(role);
  }

  static Stream<Arguments> absences() {
    return phases()
        .flatMap(
            one ->
                (THOROUGH ? Stream.of(10, 30, 60) : Stream.of(30))
                    .map(days -> Arguments.of(one.get()[0], one.get()[1], days)));
  }
}
