package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.config.RollSettings;
import org.keyward.zone.ZoneStorageException;

/**
 * Years of a zone whose ZSK changes by itself and whose KSK is changed again and again, with
 * PostgreSQL, the signer, the roll loop, the parent sweep and what servers serve as they are in
 * production; all that can happen to them happens at random.
 */
@Tag("once")
class RollYearsTest {
  private static final Duration YEAR = Duration.ofDays(365);

  /** Longer than any wait that the troubles of this test may cause. */
  private static final Duration STUCK = Duration.ofDays(200);

  @Test
  void monthsOfTroubleAreSurvived() throws Exception {
    new Years(1, Duration.ofDays(200)).survive();
  }

  @Test
  @Tag("long")
  void tenYearsOfTroubleAreSurvivedTwoHundredTimes() throws Exception {
    int first = Integer.getInteger("keyward.test.seed", 2);
    int runs = Integer.getInteger("keyward.test.runs", 200);
    Map<Trouble, Integer> all = new EnumMap<>(Trouble.class);
    for (int seed = first; seed < first + runs; seed++) {
      Map<Trouble, Integer> met = new Years(seed, YEAR.multipliedBy(10)).survive();
      met.forEach((trouble, times) -> all.merge(trouble, times, Integer::sum));
      System.out.println("seed " + seed + ": " + met);
    }
    System.out.println("seeds " + first + " to " + (first + runs - 1) + ": " + all);
    if (runs >= 20) {
      assertThat(all.keySet()).as("troubles met").containsExactly(Trouble.values());
    }
  }

  /** What happens to a zone. */
  private enum Trouble {
    NO_TOKEN,
    NO_SIGNER,
    SECONDARY_AWAY,
    SILENT_SERVERS,
    DATA_TTL_UP,
    DATA_TTL_DOWN,
    DNSKEY_TTL_UP,
    DNSKEY_TTL_DOWN,
    DS_TTL_UP,
    DS_TTL_DOWN,
    DS_NEW,
    DS_BACK,
    POLICY_EDITED,
    MODE_CHANGED,
    MODE_CHANGE_REFUSED,
    KILLED,
    HELD,
    CANCELLED,
    RENAMED,
    DELETED_IN_A_ROLL
  }

  /** One zone, and what happens to it. */
  private static final class Years {
    private final long seed;
    private final Random random;
    private final Duration length;
    private final List<String> happened = new ArrayList<>();
    private final Map<Trouble, Integer> met = new EnumMap<>(Trouble.class);
    private RollWorld world;
    private int nextLabel = 1;
    private Instant calmUntil = Instant.MIN;
    private Optional<Instant> registryActs = Optional.empty();
    private Instant outageEnds = Instant.MAX;
    private int dataTtl = 86_400;
    private int keyTtl = 3600;
    private int dsTtl = 86_400;

    Years(long seed, Duration length) {
      this.seed = seed;
      this.random = new Random(seed);
      this.length = length;
    }

    Map<Trouble, Integer> survive() throws Exception {
      RollSettings usual = RollSettings.DEFAULT;
      RollSettings rolls =
          new RollSettings(
              Optional.of(Duration.ofDays(91)),
              usual.propagation(),
              usual.safety(),
              usual.dataTtl(),
              usual.dsTtl(),
              usual.parentPropagation(),
              usual.servers());
      try (RollWorld made = new RollWorld(rolls);
          BrokenConnections connections = new BrokenConnections(made.database)) {
        world = made;
        Instant end = world.time.now.plus(length);
        while (world.time.now.isBefore(end)) {
          happen(connections);
          world.pass(Duration.ofHours(6 + random.nextInt(39)));
          eachStateHasAReason();
        }
        assertThat(world.bogus().stream().limit(1)).as(context()).isEmpty();
        assertThat(world.unservable()).as(context()).isZero();
        long over = world.steps().stream().filter(step -> step.endsWith(" -")).count();
        assertThat(over)
            .as("rolls that are over; %s", context())
            .isGreaterThan(length.toDays() / 365 * 2);
        assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
        deleteWhileKeysRoll();
      }
      return met;
    }

    private String context() {
      return "seed " + seed + ": " + happened;
    }

    private void met(Trouble trouble) {
      met.merge(trouble, 1, Integer::sum);
    }

    private void met(Trouble up, Trouble down, int before, int now) {
      if (before != now) {
        met(now > before ? up : down);
      }
    }

    private void note(String what) {
      happened.add(world.time.now + " " + what);
    }

    private void eachStateHasAReason() {
      assertThat(
              world.texts(
                  "SELECT concat_ws(' ', role, phase, waits_for, since) FROM keyward.rolls WHERE"
                      + " waits_for IS NULL OR waits_since IS NULL OR since < '"
                      + world.time.now.minus(STUCK)
                      + "' OR (waits_for = 'caches') <> (waits_until IS NOT NULL)"))
          .as("rolls without a reason, or that do not go on; %s", context())
          .isEmpty();
      assertThat(world.unservable()).as(context()).isZero();
    }

    private void happen(BrokenConnections connections) {
      moveRegistry();
      endOutages();
      if (world.phase("ksk").isEmpty() && likely(0.03) && nextLabel < RollWorld.LABELS.length) {
        String label = RollWorld.LABELS[nextLabel];
        String said = world.startKsk(likely(0.5) ? "start" : "start-now", label);
        nextLabel += said.startsWith("done") ? 1 : 0;
        note("start KSK " + label + " " + said);
      }
      if (likely(0.03)) {
        outage();
      }
      if (likely(0.05)) {
        int ttl = List.of(60, 300, 3600, 86_400, 7 * 86_400).get(random.nextInt(5));
        sql("UPDATE public.records SET ttl = " + ttl + " WHERE name = 'www.example.com'");
        note("data TTL " + ttl);
        met(Trouble.DATA_TTL_UP, Trouble.DATA_TTL_DOWN, dataTtl, ttl);
        dataTtl = ttl;
      }
      if (likely(0.01)) {
        int ttl = List.of(300, 3600, 86_400).get(random.nextInt(3));
        note("DNSKEY TTL " + ttl);
        met(Trouble.DNSKEY_TTL_UP, Trouble.DNSKEY_TTL_DOWN, keyTtl, ttl);
        keyTtl = ttl;
        world.keyTtl(Duration.ofSeconds(ttl));
      }
      if (likely(0.03)) {
        command();
      }
      if (likely(0.02)) {
        editPolicy();
      }
      if (likely(0.03)) {
        kill(connections);
      }
      if (likely(0.02)) {
        changeMode();
      }
      if (likely(0.01)) {
        renameIsRefused();
      }
    }

    private boolean likely(double probability) {
      return random.nextDouble() < probability;
    }

    private Duration upTo(int days) {
      return Duration.ofHours(1 + random.nextInt(days * 24));
    }

    private void sql(String statement) {
      world.database.useTransaction(handle -> handle.execute(statement));
    }

    /** One at a time, and none that a runway of five weeks would not last for. */
    private void outage() {
      if (world.time.now.isBefore(calmUntil)) {
        return;
      }
      Duration away = upTo(15);
      calmUntil = world.time.now.plus(away).plus(Duration.ofDays(20));
      switch (random.nextInt(4)) {
        case 0 -> {
          note("no token for " + away);
          met(Trouble.NO_TOKEN);
          world.tokens.unplugAt(world.tokens.signed());
          outageEnds = world.time.now.plus(away);
        }
        case 1 -> {
          note("no signer for " + away);
          met(Trouble.NO_SIGNER);
          world.withoutSigner(away);
        }
        case 2 -> {
          note("a server without database for " + away);
          met(Trouble.SECONDARY_AWAY);
          world.servers.get(1).reachesDatabase = false;
          outageEnds = world.time.now.plus(away);
        }
        default -> {
          note("silent servers for " + away);
          met(Trouble.SILENT_SERVERS);
          world.servers.get(0).answers = false;
          world.parents.get(1).answers = false;
          outageEnds = world.time.now.plus(away);
        }
      }
    }

    private void endOutages() {
      if (!world.time.now.isBefore(outageEnds)) {
        world.tokens.plugIn();
        world.servers.forEach(
            server -> {
              server.reachesDatabase = true;
              server.answers = true;
            });
        world.parents.forEach(parent -> parent.answers = true);
        outageEnds = Instant.MAX;
      }
    }

    private void command() {
      String role = likely(0.5) ? "ksk" : "zsk";
      String what = List.of("hold", "cancel", "resume").get(random.nextInt(3));
      String said = role.equals("ksk") ? world.commandKsk(what) : world.command(what);
      note(role + " " + what + " " + said);
      if (said.startsWith("done") && !what.equals("resume")) {
        met(what.equals("hold") ? Trouble.HELD : Trouble.CANCELLED);
      }
      for (String held : world.texts("SELECT role FROM keyward.rolls WHERE held")) {
        // Nobody holds it for long here.
        if (!what.equals("hold") || likely(0.5)) {
          note(held + " resumed");
          said = held.equals("ksk") ? world.commandKsk("resume") : world.command("resume");
          assertThat(said).startsWith("done");
        }
      }
    }

    private void editPolicy() {
      String terms =
          "zsk-lifetime="
              + List.of("91d", "120d", "200d", "never").get(random.nextInt(4))
              + " data-ttl="
              + List.of("1h", "1d", "3d").get(random.nextInt(3))
              + " ds-ttl="
              + List.of("1h", "2d").get(random.nextInt(2))
              + " propagation="
              + List.of("5m", "1h", "1d").get(random.nextInt(3))
              + " pace="
              + List.of("lazy", "now").get(random.nextInt(2));
      List<String> before = rolls();
      sql("SELECT keyward.set_policy('default', '" + terms + "')");
      world.settle();
      note("policy " + terms + " " + answer());
      assertThat(answer()).as(context()).startsWith("done");
      met(Trouble.POLICY_EDITED);
      assertThat(rolls()).as("an edit changes no roll; %s", context()).isEqualTo(before);
    }

    private List<String> rolls() {
      return world.texts(
          "SELECT concat_ws(' ', role, old_tag, new_tag, phase) FROM keyward.rolls ORDER BY role");
    }

    private String answer() {
      return world.text(
          "SELECT state || ' ' || coalesce(answer, '') FROM keyward.request ORDER BY id DESC LIMIT 1");
    }

    /** The connection ends in the middle of whatever is due, and the signer is another one. */
    private void kill(BrokenConnections connections) {
      int statements = random.nextInt(60);
      note("killed after " + statements + " statements");
      connections.breakAfter(statements);
      try {
        world.pass(Duration.ofHours(1 + random.nextInt(44)));
      } catch (ZoneStorageException e) {
        // As a process that was killed.
      }
      if (connections.wasBroken()) {
        met(Trouble.KILLED);
      }
      world.restart();
    }

    /** To PowerDNS's own signatures and back, where no key rolls; else it is refused. */
    private void changeMode() {
      boolean rolling = !rolls().isEmpty();
      // A change that waited for the token may have come to its end meanwhile.
      String mode =
          world.text(
              "SELECT coalesce(next_mode, mode) FROM keyward.assignment WHERE state <> 'ended'");
      String to = mode.equals("presigned") ? "split" : "presigned";
      new SigningDesk(world.database).changeMode(RollWorld.ZONE, to, "", "os:alice");
      world.settle();
      String said = answer();
      note("mode " + to + " " + said);
      if (rolling) {
        assertThat(said).as(context()).startsWith("failed").contains("has a roll under way");
        met(Trouble.MODE_CHANGE_REFUSED);
      } else if (said.startsWith("done")) {
        met(Trouble.MODE_CHANGED);
      }
    }

    private void renameIsRefused() {
      assertThatThrownBy(() -> sql("UPDATE public.domains SET name = 'other.example'"))
          .hasMessageContaining("cannot be renamed");
      note("rename refused");
      met(Trouble.RENAMED);
    }

    /** The parent gets what is due, some days later, its second server later still. */
    private void moveRegistry() {
      if (!world.phase("ksk").equals("submitted")) {
        registryActs = Optional.empty();
        if (likely(0.03)) {
          parentShows(world.parents.get(0).label());
        } else if (world.phase("ksk").equals("retiring") && mayGoBack() && likely(0.1)) {
          parentShows(label("old_key"));
          met(Trouble.DS_BACK);
        }
        return;
      }
      if (registryActs.isEmpty()) {
        registryActs = Optional.of(world.time.now.plus(upTo(10)));
      } else if (!world.time.now.isBefore(registryActs.get())) {
        parentShows(label("new_key"));
        met(Trouble.DS_NEW);
        registryActs = Optional.empty();
      }
    }

    private void parentShows(String label) {
      int ttl = List.of(300, 3600, 86_400, 2 * 86_400).get(random.nextInt(4));
      note("parent has " + label + " with " + ttl);
      met(Trouble.DS_TTL_UP, Trouble.DS_TTL_DOWN, dsTtl, ttl);
      dsTtl = ttl;
      world.parentShows(ttl, label);
    }

    private String label(String key) {
      return world.text(
          "SELECT k.label FROM keyward.roll r JOIN keyward.key k ON k.id = r."
              + key
              + " WHERE r.role = 'ksk'");
    }

    /** While the former key signs each set that is served, and it is seen in time. */
    private boolean mayGoBack() {
      return world.time.now.isAfter(calmUntil)
          && world.text("SELECT waits_for FROM keyward.rolls WHERE role = 'ksk'").equals("caches")
          && Instant.parse(
                  world.text(
                      "SELECT to_char(waits_until AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                          + " FROM keyward.rolls WHERE role = 'ksk'"))
              .isAfter(world.time.now.plus(Duration.ofHours(1)));
    }

    /** Nothing of its rolls is left, and the signer goes on. */
    private void deleteWhileKeysRoll() {
      if (world.phase("ksk").isEmpty()) {
        world.tokens.plugIn();
        world.startKsk("start", RollWorld.LABELS[RollWorld.LABELS.length - 1]);
      }
      if (!rolls().isEmpty()) {
        met(Trouble.DELETED_IN_A_ROLL);
      }
      sql("SET LOCAL keyward.insist = 'a test'; DELETE FROM public.domains");
      assertThat(world.texts("SELECT role FROM keyward.rolls")).isEmpty();
      assertThat(world.newLoop().tick()).isZero();
      world.settle();
      assertThat(world.texts("SELECT zone FROM keyward.key_states")).isEmpty();
      assertThat(world.findings()).filteredOn(said -> said.contains("example.com")).isEmpty();
    }
  }
}
