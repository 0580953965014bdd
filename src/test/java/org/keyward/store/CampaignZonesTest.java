package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.admin.NoSuchThingException;
import org.keyward.keyset.Campaign;
import org.keyward.keyset.Campaign.Next;
import org.keyward.keyset.Campaign.Progress;
import org.keyward.signing.TokenKey;
import org.keyward.store.CampaignZones.Found;
import org.keyward.store.CampaignZones.Named;
import org.keyward.zone.MasterFile;
import org.xbill.DNS.Name;

/** What is known of the zones of a key that is to be replaced, in PostgreSQL. */
@Tag("once")
class CampaignZonesTest {
  private static final Name OTHER = Name.fromConstantString("other.example.");
  private static final Named OLD = new Named("t", "ksk");
  private static final Named NEW = new Named("t", "second");
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
    String text = "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\n";
    new ZoneEditor(world.database)
        .replace(
            OTHER,
            MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), OTHER),
            stored -> {});
    new SigningDesk(world.database)
        .assign(OTHER, "t", "ksk", Optional.empty(), Optional.empty(), "test", "os:alice");
    world.settle();
    world.database.useTransaction(
        handle -> {
          handle.execute("DELETE FROM keyward.token_key");
          for (TokenKey key : world.tokens.keys("t")) {
            handle.execute(
                "INSERT INTO keyward.token_key VALUES (?, ?, ?, ?, ?, ?, ?)",
                key.token(),
                key.serial(),
                key.label(),
                key.ckaId(),
                key.algorithm().number(),
                key.publicKey(),
                KeyRows.ksk(RollWorld.ZONE, key).getFootprint());
          }
        });
  }

  @AfterEach
  void close() {
    world.close();
  }

  private Map<Name, Found> zones() {
    return new CampaignZones(world.database)
        .of(OLD, NEW).stream().collect(Collectors.toMap(Found::zone, Function.identity()));
  }

  /** Where the zone that rolls in this world is first. */
  private Next next() {
    Map<Name, Found> zones = zones();
    return new Campaign(List.of(zones.get(RollWorld.ZONE).in(1), zones.get(OTHER).in(2))).next();
  }

  private void sql(String statement) {
    world.database.useTransaction(handle -> handle.execute(statement));
  }

  private int id(Name zone) {
    return zones().get(zone).assignmentId();
  }

  @Test
  void theSecondWaveBeginsWhenTheFirstHasTheNewKey() {
    assertThat(next()).isEqualTo(new Next.Begin(1, List.of(id(RollWorld.ZONE))));
    assertThat(world.startKsk("start-now", "second")).startsWith("done");
    assertThat(next()).isEqualTo(new Next.Wait(1));
    world.until("ksk", "submitted");
    assertThat(next()).isEqualTo(new Next.Wait(1));
    world.parentShows(3600, "second");
    world.until("ksk", "retiring");
    assertThat(next()).as("though the assignment has the new key").isEqualTo(new Next.Wait(1));
    world.until("ksk", "");
    assertThat(zones().get(RollWorld.ZONE).leftOut()).isEmpty();
    assertThat(next()).isEqualTo(new Next.Begin(2, List.of(id(OTHER))));
  }

  @Test
  void aRollThatAPersonCancelsIsUnderWayUntilItIsBackAndThenLeftOut() {
    world.startKsk("start-now", "second");
    world.until("ksk", "published");
    assertThat(world.commandKsk("cancel")).startsWith("done");
    assertThat(next()).isEqualTo(new Next.Wait(1));
    world.until("ksk", "");
    assertThat(zones().get(RollWorld.ZONE).leftOut().orElse("")).contains("was cancelled");
    assertThat(next()).isEqualTo(new Next.Begin(2, List.of(id(OTHER))));
  }

  @Test
  void aCriticalFindingAndARollThatIsStuckHaltAndOthersDoNot() {
    world.startKsk("start", "second");
    String finding =
        "INSERT INTO keyward.finding (kind, subject, severity, message, todo, first_seen)"
            + " VALUES ('%s', '%s', '%s', 'trouble', '', now())";
    sql(finding.formatted("ds-due", "example.com", "warning"));
    sql(finding.formatted("ds-reverted", "elsewhere.example", "critical"));
    assertThat(next()).isEqualTo(new Next.Wait(1));
    sql(finding.formatted("roll-stuck", "example.com", "warning"));
    assertThat(next()).isEqualTo(new Next.Halt("roll-stuck of example.com: trouble"));
    sql("UPDATE keyward.finding SET ended_at = now() WHERE kind = 'roll-stuck'");
    assertThat(next()).isEqualTo(new Next.Wait(1));
    sql(finding.formatted("ds-reverted", "example.com", "critical"));
    assertThat(next()).isEqualTo(new Next.Halt("ds-reverted of example.com: trouble"));
  }

  @Test
  void saysWhyAZoneIsLeftOut() {
    assertThat(zones().values()).allMatch(zone -> zone.progress() == Progress.WAITING);
    assertThat(world.startKsk("start", "k2")).startsWith("done");
    sql(
        "UPDATE keyward.zsk SET key_tag = (SELECT key_tag FROM keyward.token_key WHERE label = 'second')"
            + " WHERE assignment_id = "
            + id(OTHER));
    assertThat(zones().values()).allMatch(zone -> zone.progress() == Progress.OVER);
    assertThat(zones().get(RollWorld.ZONE).leftOut().orElse(""))
        .isEqualTo(
            ": its KSK is being replaced by another already; 'keyward roll show example.com' says how far");
    assertThat(zones().get(OTHER).leftOut().orElse(""))
        .contains("a ZSK of it has the key tag ", "'keyward roll start other.example zsk'");
    sql("UPDATE keyward.assignment SET state = 'leaving' WHERE id = " + id(OTHER));
    assertThat(zones().get(OTHER).leftOut().orElse("")).contains("on its way to unsigned");
    assertThat(next()).isEqualTo(new Next.End());
  }

  @Test
  void aNewKeyThatNoSignerHasSeenIsRefused() {
    assertThatThrownBy(() -> new CampaignZones(world.database).of(OLD, new Named("t", "none")))
        .isInstanceOf(NoSuchThingException.class)
        .hasMessageStartingWith("no signer has seen a key t/none; ");
  }

  @Test
  void whatIsAskedForAndWaitsForASecondPersonIsNotAskedForAgain() {
    sql(
        "INSERT INTO keyward.request (kind, zone, label, mode, token, key_label, actor, state)"
            + " VALUES ('roll', 'example.com', 'ksk', 'start', 't', 'second', 'os:alice', 'waiting')");
    assertThat(next()).isEqualTo(new Next.Wait(1));
    sql("UPDATE keyward.request SET state = 'failed' WHERE kind = 'roll'");
    assertThat(next()).isEqualTo(new Next.Begin(1, List.of(id(RollWorld.ZONE))));
  }
}
