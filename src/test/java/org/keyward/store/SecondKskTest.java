package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.ZoneSigning;

/** A zone with two KSKs: what is signed already stays as it is, and fits. */
@Tag("once")
class SecondKskTest {
  private static final int STEPS = 5;
  private RollWorld world;

  @BeforeEach
  void sign() throws Exception {
    world = new RollWorld();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private List<String> signatures() {
    return world.texts(
        "SELECT encode(signature, 'hex') FROM keyward.signed_set ORDER BY active_from");
  }

  private void addKsk(String label, String columns) {
    world.database.useTransaction(
        handle -> {
          int id =
              KeyRows.keyId(handle, world.tokens.find("t", label, java.util.Optional.empty()), 1);
          KskRows.addUnused(handle, 1, id);
          handle.execute("UPDATE keyward.ksk SET " + columns + " WHERE key_id = " + id);
          handle.execute("UPDATE keyward.assignment SET planned_until = 0");
        });
    world.settle();
  }

  private static boolean verifies(SignedKeySet set) {
    return set.signatures().stream()
        .allMatch(
            signature ->
                set.keys().stream()
                    .anyMatch(key -> RrsetSigner.verifies(set.keys(), signature, key)));
  }

  @Test
  void changesNothingThatIsSigned() {
    List<String> before = signatures();
    addKsk("second", "unneeded_from = 0");
    assertThat(signatures()).hasSize(STEPS).isEqualTo(before);
    assertThat(world.read().unusable()).isEmpty();
    assertThat(world.read().keySets())
        .hasSize(STEPS)
        .allSatisfy(set -> assertThat(set.keys()).hasSize(2))
        .allMatch(SecondKskTest::verifies);
  }

  @Test
  void isInTheSetsOfItsWindowsAndSignsThem() {
    List<String> before = signatures();
    long next = Long.parseLong(world.text("SELECT max(active_from) + 1 FROM keyward.signed_set"));
    addKsk("second", "published_from = " + next + ", signs_from = " + next);
    assertThat(signatures()).isEqualTo(before);
    world.time.now = world.time.now.plus(Duration.ofDays(7));
    world.settle();
    ZoneSigning read = world.read();
    assertThat(signatures()).containsAll(before).hasSize(STEPS + 2);
    assertThat(read.keySets()).hasSize(STEPS + 1).allMatch(SecondKskTest::verifies);
    assertThat(read.keySets()).extracting(set -> set.keys().size()).endsWith(2, 3);
    assertThat(read.keySets()).extracting(set -> set.signatures().size()).endsWith(1, 2);
  }

  /**
   * One of its tokens is away: a set that the other alone signed is not gone to while it matters.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSetWithoutTheSignatureOfAKskThatADsMayNameIsNotServedWhileTheFormerIsValid(boolean needed) {
    world.database.useTransaction(handle -> handle.execute("DELETE FROM keyward.signed_set"));
    addKsk(
        "second", "published_from = 0, signs_from = 0, unneeded_from = " + (needed ? "NULL" : "0"));
    long second =
        Long.parseLong(
            world.texts("SELECT DISTINCT active_from FROM keyward.signed_set ORDER BY 1").get(1));
    world.database.useTransaction(
        handle ->
            handle.execute(
                "DELETE FROM keyward.signed_set WHERE signer = 2 AND active_from = " + second));
    world.time.now = Instant.ofEpochSecond(second + 1);
    assertThat(world.servedSignatures()).hasSize(needed ? 2 : 1);
  }
}
