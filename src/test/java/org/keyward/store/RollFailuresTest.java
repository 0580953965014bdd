package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What went wrong in public when keys were changed, as far as no other test is about it. The table
 * of all is docs/decisions/0019-rolls.md.
 */
@Tag("once")
class RollFailuresTest {
  private static final int DAY = 86_400;
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
    world.tick();
  }

  @AfterEach
  void close() {
    assertThat(world.bogus()).isEmpty();
    assertThat(world.unservable()).isZero();
    world.close();
  }

  private void submitted() {
    assertThat(world.startKsk("start-now", "second")).startsWith("done: ");
    world.until("ksk", "submitted");
  }

  /** Knot 3.4.6 (10): what a parent shows moved a roll that a person had in hand. */
  @Test
  void aDsAtTheParentDoesNotMoveARollThatIsHeld() {
    submitted();
    assertThat(world.commandKsk("hold")).contains("stays in phase submitted");
    world.parentShows(3600, "second");
    world.pass(10);
    assertThat(world.phase()).isEqualTo("submitted");
    assertThat(world.text("SELECT waits_for FROM keyward.rolls")).isEqualTo("person");
    assertThat(world.commandKsk("resume")).startsWith("done: ");
    world.until("ksk", "");
  }

  /** BIND GL #1625 and #5774, Knot 3.0.6 (15, 19, 4): state that a restart forgot. */
  @Test
  void aKskRollGoesOnWithAnotherSignerAfterEachStep() {
    submitted();
    world.parentShows(3600, "second");
    for (int i = 0; i < 200 && !world.phase().isEmpty(); i++) {
      if (List.of("submitted", "retiring").contains(world.phase())) {
        assertThat(world.servedSignatures()).as("both sign").hasSize(2);
      }
      world.pass(Duration.ofHours(44));
      world.restart();
      world.tick();
    }
    assertThat(world.steps())
        .endsWith("submitted retiring", "retiring leaving", "leaving forgotten", "forgotten -")
        .hasSize(7);
  }

  /** BIND GL #2596 (14): keys that were away for a moment were replaced. */
  @Test
  void noKeyIsMadeBecauseAnotherIsAway() {
    world.tokens.unplugAt(world.tokens.signed());
    assertThat(world.startKsk("start", "second")).startsWith("failed: ");
    world.pass(20);
    world.tokens.plugIn();
    world.tokens.remove("ksk");
    world.pass(4);
    assertThat(world.texts("SELECT key_id FROM keyward.ksk")).hasSize(1);
    assertThat(world.texts("SELECT id FROM keyward.zsk")).hasSize(1);
    assertThat(world.texts("SELECT role FROM keyward.rolls")).isEmpty();
  }

  /** BIND GL #4466 (17): the TTL of the DNSKEY set became another one in the middle of a roll. */
  @Test
  void aTtlOfTheDnskeySetThatIsLoweredMeanwhileDoesNotShortenTheWait() {
    world.keyTtl(Duration.ofDays(12));
    world.pass(60);
    assertThat(world.command("start-now")).startsWith("done: ");
    world.until("zsk", "published");
    world.keyTtl(Duration.ofMinutes(5));
    world.pass(9);
    assertThat(world.phase()).isEqualTo("published");
    assertThat(world.text("SELECT dnskey_ttl FROM keyward.roll"))
        .isEqualTo(String.valueOf(12 * DAY));
    world.until("zsk", "");
  }

  /** OPENDNSSEC-886 (34): times of 32 bits with a sign end in January 2038. */
  @Test
  void rollsGoOnAfterJanuary2038() {
    world.leap(Instant.parse("2037-12-20T00:00:00Z"));
    assertThat(world.command("start")).startsWith("done: ");
    world.until("zsk", "");
    assertThat(world.time.now).isAfter(Instant.parse("2038-01-20T00:00:00Z"));
    assertThat(world.steps()).hasSize(7);
  }

  /** bindizr PR #155 (38): the TTL of a record that was deleted was forgotten. */
  @Test
  void theTtlOfADeletedRecordIsWaitedFor() {
    world.database.useTransaction(
        handle ->
            handle.execute(
                "UPDATE public.records SET ttl = " + 20 * DAY + " WHERE name = 'www.example.com'"));
    assertThat(world.command("start")).startsWith("done: ");
    world.until("zsk", "published");
    world.database.useTransaction(
        handle -> handle.execute("DELETE FROM public.records WHERE name = 'www.example.com'"));
    world.until("zsk", "retiring");
    world.pass(18);
    assertThat(world.phase()).isEqualTo("retiring");
    assertThat(world.text("SELECT data_ttl FROM keyward.roll")).isEqualTo(String.valueOf(20 * DAY));
    world.until("zsk", "");
  }

  /** What a zone was to be looked at for goes with it: other zones' rolls would wait behind it. */
  @Test
  void nothingOfADeletedZoneIsLookedAtForEver() {
    world.database.useTransaction(
        handle -> handle.execute("UPDATE keyward.ksk SET look_at = '2026-01-01 00:00:00+00'"));
    world.database.useTransaction(
        handle ->
            handle.execute("SET LOCAL keyward.insist = 'a test'; DELETE FROM public.domains"));
    assertThat(world.newLoop().tick()).isZero();
  }
}
