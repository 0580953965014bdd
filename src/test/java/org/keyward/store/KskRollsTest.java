package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A KSK takes the place of another, in PostgreSQL and on a simulated clock. */
@Tag("once")
class KskRollsTest {
  private static final Duration STEP = Duration.ofHours(44);
  private static final int DAY = 86_400;
  private static final List<String> ALL =
      List.of(
          "- entering",
          "entering published",
          "published submitted",
          "submitted retiring",
          "retiring leaving",
          "leaving forgotten",
          "forgotten -");
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

  private void until(String phase) {
    world.until("ksk", phase);
  }

  private String waitsFor() {
    return world.text("SELECT waits_for FROM keyward.rolls");
  }

  private String tag(String label) {
    return world.text("SELECT key_tag FROM keyward.key WHERE label = '" + label + "'");
  }

  @Test
  void goesThroughAllPhasesWithSixSignaturesAndWithoutABogusMoment() {
    int before = world.tokens.signed();
    assertThat(world.startKsk("start", "second"))
        .startsWith("done: example.com: KSK " + tag("second") + " takes the place of ");
    assertThat(world.tokens.signed()).as("a test signature").isEqualTo(before + 1);
    until("submitted");
    assertThat(world.findings())
        .containsExactly("DS_DUE example.com the DS of key " + tag("second"));
    assertThat(world.text("SELECT record FROM keyward.ds_due"))
        .startsWith("example.com. IN DS " + tag("second") + " 13 2 ");
    world.pass(STEP);
    assertThat(world.phase()).isEqualTo("submitted");
    assertThat(waitsFor()).isEqualTo("parent");
    world.parentShows(3600, "second");
    until("");
    assertThat(world.steps()).isEqualTo(ALL);
    assertThat(world.bogus()).isEmpty();
    assertThat(
            world.text(
                "SELECT k.label FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id"))
        .isEqualTo("second");
    assertThat(
            world.texts("SELECT state FROM keyward.key_states WHERE role = 'ksk' ORDER BY key_id"))
        .containsExactly("gone", "active");
    assertThat(world.text("SELECT count(*) - count(DISTINCT active_from) FROM keyward.signed_set"))
        .as("extra signatures, by the second key")
        .matches("[1-6]");
    assertThat(
            world.texts("SELECT actor || ' ' || action FROM keyward.audit WHERE action ~ 'ROLL'"))
        .startsWith("os:alice ROLL_COMMAND")
        .endsWith("signer:test ROLL_STEP")
        .hasSize(7);
  }

  @Test
  void waitsUntilEveryServerOfTheParentHasTheNewDs() {
    world.startKsk("start-now", "second");
    until("submitted");
    world.parents.get(0).show(DAY, "second");
    world.pass(10);
    assertThat(world.phase()).isEqualTo("submitted");
    world.parents.get(1).answers = false;
    world.pass(10);
    assertThat(world.phase()).isEqualTo("submitted");
    assertThat(world.findings())
        .contains("ROLL_WAITS_FOR_PARENT example.com ns2.parent 192.0.2.9 (unreachable)");
    world.parents.get(1).answers = true;
    world.pass(4);
    assertThat(world.phase()).isEqualTo("submitted");
    world.parents.get(1).show(DAY, "second");
    until("");
    assertThat(world.bogus()).isEmpty();
  }

  @Test
  void aTtlOfTheDsThatIsLoweredForTheChangeDoesNotShortenTheWait() {
    world.parentShows(20 * DAY, "ksk");
    world.pass(4);
    world.parentShows(300, "ksk");
    world.pass(4);
    world.startKsk("start-now", "second");
    until("submitted");
    world.parentShows(300, "second");
    until("retiring");
    world.pass(18);
    assertThat(world.phase()).isEqualTo("retiring");
    assertThat(world.text("SELECT ds_ttl FROM keyward.roll")).isEqualTo("1728000");
    world.pass(8);
    assertThat(world.phase()).isNotEqualTo("retiring");
    until("");
    assertThat(world.bogus()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"retiring", "leaving", "forgotten", ""})
  void aParentThatGoesBackBringsTheFormerKeyBack(String phase) {
    world.startKsk("start-now", "second");
    until("submitted");
    world.parentShows(3600, "second");
    until(phase);
    world.parentShows(3600, "ksk");
    world.pass(Duration.ofMinutes(10));
    world.pass(Duration.ofMinutes(10));
    assertThat(world.phase()).isEqualTo("submitted");
    assertThat(world.servedSignatures()).as("both sign").hasSize(2);
    assertThat(world.findings()).contains("DS_REVERTED example.com the DS of key " + tag("second"));
    world.pass(30);
    assertThat(world.phase()).isEqualTo("submitted");
    world.parentShows(3600, "second");
    until("");
    assertThat(world.servedSignatures()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"entering", "published", "submitted", "retiring", "leaving", "forgotten"})
  void canBeCancelledInEveryPhase(String phase) {
    world.startKsk("start-now", "second");
    if (!List.of("entering", "published").contains(phase)) {
      until("submitted");
    }
    if (List.of("retiring", "leaving", "forgotten").contains(phase)) {
      world.parentShows(3600, "second");
    }
    until(phase);
    assertThat(world.commandKsk("cancel")).contains("goes back to the former key");
    for (int i = 0; i < 200 && !world.phase().isEmpty(); i++) {
      world.pass(STEP);
      if (world.phase().equals("submitted")) {
        world.parentShows(3600, "ksk");
      }
    }
    assertThat(world.phase()).isEmpty();
    assertThat(world.bogus()).isEmpty();
    assertThat(
            world.text(
                "SELECT k.label FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id"))
        .isEqualTo("ksk");
    assertThat(
            world.texts("SELECT state FROM keyward.key_states WHERE role = 'ksk' ORDER BY key_id"))
        .containsExactly("active", "gone");
  }

  @Test
  void aPersonCanSayWhatTheSignerCannotAsk() {
    world.parents.get(1).answers = false;
    world.pass(Duration.ofMinutes(10));
    world.startKsk("start-now", "second");
    assertThat(world.commandKsk("confirm")).contains("waits for nothing that a person can confirm");
    assertThat(world.commandKsk("cancel")).contains("not every name server of its parent");
    until("submitted");
    world.parents.get(0).show(3600, "second");
    world.parents.get(1).show(3600, "second");
    world.pass(Duration.ofMinutes(10));
    world.time.now = world.time.now.plusSeconds(1);
    assertThat(world.commandKsk("confirm")).contains("goes on with phase retiring");
    world.pass(10);
    assertThat(world.phase()).isEqualTo("retiring");
    assertThat(waitsFor()).isEqualTo("parent");
    assertThat(world.commandKsk("confirm")).contains("goes on with phase leaving");
    until("");
    assertThat(world.bogus()).isEmpty();
    assertThat(
            world.texts(
                "SELECT actor FROM keyward.roll_history WHERE detail ~ 'confirm' ORDER BY id"))
        .containsExactly("os:alice", "os:alice");
  }

  @Test
  void refusedCommandsChangeNothing() {
    assertRefused(world.startKsk("start", "ksk"), "has this key already");
    assertRefused(world.startKsk("start", "none"), "token t has no key none");
    assertRefused(world.commandKsk("start"), "say which key takes the place of the KSK");
    assertRefused(world.commandKsk("hold"), "has no roll of its KSK under way");
    world.tokens.signWrongly(true);
    assertRefused(world.startKsk("start", "second"), "does not fit its public key");
    world.tokens.signWrongly(false);
    assertThat(world.texts("SELECT key_id FROM keyward.ksk")).hasSize(1);
    assertThat(world.texts("SELECT role FROM keyward.roll")).isEmpty();
  }

  private static void assertRefused(String answer, String why) {
    assertThat(answer).startsWith("failed: ").contains(why);
  }

  /** CDS and CDNSKEY go to the new key at once, signed by a key whose DS the parent has. */
  @Test
  void cdsAndCdnskeyChangeInOneMoment() {
    world.database.useTransaction(
        handle ->
            handle.execute(
                "INSERT INTO public.domainmetadata (domain_id, kind, content) SELECT id, k, c FROM"
                    + " public.domains, (VALUES ('PUBLISH-CDS', '2'), ('PUBLISH-CDNSKEY', '1')) w (k, c)"));
    world.settle();
    String old = tag("ksk");
    assertThat(world.servedChildren()).containsExactly("CDNSKEY " + old, "CDS " + old);
    world.startKsk("start-now", "second");
    until("published");
    assertThat(world.servedChildren()).containsExactly("CDNSKEY " + old, "CDS " + old);
    until("submitted");
    String fresh = tag("second");
    assertThat(world.servedChildren()).containsExactly("CDNSKEY " + fresh, "CDS " + fresh);
    assertThat(world.childSigners()).contains(old, fresh);
    assertThat(world.text("SELECT count(*) FROM keyward.signed_child WHERE key_id = 2"))
        .as("two sets, two signers")
        .isEqualTo("4");
    assertThat(
            world.texts(
                "SELECT DISTINCT (c.expiration >= extract(epoch FROM now.at) + a.runway)::TEXT"
                    + " FROM keyward.signed_child c, keyward.assignment a, (SELECT max(signed_at)"
                    + " AS at FROM keyward.signed_set) now WHERE c.key_id = 2"))
        .as("for the runway")
        .containsExactly("true");
    world.database.useTransaction(
        handle ->
            handle.execute("DELETE FROM keyward.signed_child WHERE type = 60 AND key_id = 2"));
    assertThat(world.servedChildren())
        .as("as long as one of them is not signed")
        .containsExactly("CDNSKEY " + old, "CDS " + old);
    world.pass(4);
    assertThat(world.findings()).contains("CDS_IGNORED example.com the DS of key " + fresh);
    world.parentShows(3600, "second");
    until("");
    assertThat(world.childSigners()).containsExactly(fresh);
  }
}
