package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.remote.CachingValidator;
import org.keyward.remote.Form;
import org.keyward.remote.PowerDns;
import org.keyward.remote.PowerDnsVersion;

/**
 * {@code kill -9} of the service, of the signer and of PostgreSQL in each phase, while a ZSK and a
 * KSK are replaced at the same time: both rolls go on by themselves, no step is lost or made twice,
 * and no validator, with caches or without, finds the zone bogus.
 */
@Tag("once")
class RollKillIT {
  private static final String PARENT = "parent.example.";
  private static final String ZONE = "roll.parent.example.";
  private static final String QUICK =
      "signing: { validity: 2m, step: 20s, runway: 1m, dnskey-ttl: 3s, roll-propagation: 2s,"
          + " roll-safety: 1s, roll-data-ttl: 3s, roll-ds-ttl: 3s, roll-parent-propagation: 2s,"
          + " parent-check: resolver%s }";

  /** What delv says of data and keys that do not belong together, and never of a silence. */
  private static final String BOGUS =
      "(?s).*(no valid signature found|verify failed|no valid RRSIG|failed to verify).*";

  private static final Map<String, List<String>> PHASES =
      Map.of(
          "zsk", List.of("entering", "published", "switching", "retiring", "leaving", "forgotten"),
          "ksk", List.of("entering", "published", "submitted", "retiring", "leaving", "forgotten"));

  private enum Victim {
    SERVICE,
    SIGNER,
    POSTGRESQL
  }

  @Test
  void survivesAKillOfEach(@TempDir Path dir) throws Exception {
    try (Installation keyward = new Installation(dir, QUICK.formatted(""))) {
      Map<String, Integer> kills = new Rolls(keyward, dir, 3).survive();
      assertThat(kills).isNotEmpty();
    }
  }

  @Test
  @Tag("long")
  void survivesAHundredKillsInEveryPhase(@TempDir Path dir) throws Exception {
    try (Installation keyward = new Installation(dir, QUICK.formatted(""))) {
      Map<String, Integer> kills = new Rolls(keyward, dir, 100).survive();
      System.out.println("kills in each phase: " + kills);
      PHASES.forEach(
          (role, phases) ->
              phases.forEach(
                  phase ->
                      assertThat(kills.keySet())
                          .as("killed while the %s was %s", role, phase)
                          .anyMatch(killed -> killed.startsWith(role + " " + phase))));
    }
  }

  /** One installation, in which a ZSK and a KSK roll all the time. */
  private static final class Rolls {
    private final Installation keyward;
    private final Path dir;
    private final int most;
    private final Random random = new Random(11);
    private final List<String> bogus = new ArrayList<>();
    private final AtomicInteger validated = new AtomicInteger();
    private final Map<String, Integer> begun = new TreeMap<>(Map.of("zsk", 0, "ksk", 0));
    private final Map<String, Integer> kills = new TreeMap<>();
    private int keysMade;
    private volatile boolean over;

    Rolls(Installation keyward, Path dir, int most) {
      this.keyward = keyward;
      this.dir = dir;
      this.most = most;
    }

    Map<String, Integer> survive() throws Exception {
      try (PowerDns powerDns = serve();
          CachingValidator unbound =
              CachingValidator.start(
                  Files.createDirectory(dir.resolve("unbound")), PARENT, powerDns, ZONE)) {
        keyward.trust(PARENT);
        Thread asking = new Thread(() -> ask(unbound), "ask");
        asking.start();
        try {
          for (int kill = 0; kill < most; kill++) {
            begin();
            Thread.sleep(random.nextInt(2000));
            killOne();
          }
          Installation.await("the last rolls to be over", Duration.ofMinutes(10), this::areOver);
        } finally {
          over = true;
          asking.join();
        }
        assertThat(bogus).isEmpty();
        assertThat(unbound.faults()).isEmpty();
        assertThat(validated).hasValueGreaterThan(most);
        // It does not ask at once again a server that was silent, and keeps failures for a while.
        Installation.await(
            "the resolver to ask again",
            Duration.ofMinutes(20),
            () -> unbound.validates(ZONE, "SOA"));
        assertThat(unbound.faults()).isEmpty();
        hasLostNothing(powerDns);
      }
      return kills;
    }

    /** Each roll that began made each of its steps once, and one key of each kind is left. */
    private void hasLostNothing(PowerDns powerDns) throws Exception {
      for (String role : PHASES.keySet()) {
        List<String> steps = new ArrayList<>();
        for (JsonNode event : picture().get("history")) {
          if (event.get("role").asText().equals(role)) {
            steps.add(event.get("next_phase").asText());
          }
        }
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < begun.get(role); i++) {
          wanted.addAll(PHASES.get(role));
          wanted.add("null");
        }
        assertThat(steps).as(role).isEqualTo(wanted);
      }
      Installation.await(
          "two keys to be left",
          Duration.ofMinutes(3),
          () -> powerDns.digShort(ZONE, "DNSKEY").size() == 2);
      assertThat(keyward.cli("audit", "verify")).containsIgnoringCase("verified");
    }

    /** The signer asks the PowerDNS of this test, whose port is known when it has started. */
    private PowerDns serve() throws Exception {
      keyward.start();
      load(ZONE, "roll", "@ NS ns.example.net.\nwww A 192.0.2.1\n*.wild A 192.0.2.2\n");
      keyward.cli("assign", ZONE, "--token", Installation.TOKEN, "--label", Installation.KEY);
      loadParent(ds(keyward.cli("ds", ZONE)));
      keyward.cli("key", "generate", Installation.TOKEN, "parent");
      keyward.cli("assign", PARENT, "--token", Installation.TOKEN, "--label", "parent");
      PowerDns powerDns = keyward.powerDns(PowerDnsVersion.named("4.7"), Form.UNIX);
      keyward.dnsPort = powerDns.port();
      String here = "\"127.0.0.1:" + powerDns.port() + "\"";
      keyward.configure(
          "keyward.yaml",
          QUICK.formatted(", zone-servers: " + here + ", parent-resolver: " + here));
      Installation.kill(keyward.service());
      keyward.start();
      return powerDns;
    }

    private void load(String zone, String file, String records) {
      keyward.write(
          file,
          "$ORIGIN "
              + zone
              + "\n$TTL 3\n@ SOA ns.example.net. h.example.net. 1 3600 600 604800 2\n"
              + records);
      keyward.cli("zone", "import", zone, dir.resolve(file).toString());
    }

    private void loadParent(String ds) {
      load(PARENT, "parent", "@ NS ns.example.net.\nroll NS ns.example.net.\nroll " + ds + "\n");
    }

    /** From the class on; the TTL is that of the zone. */
    private static String ds(String record) {
      return record.replaceAll("\\s+", " ").replaceAll(".*?\\b(DS \\d+ \\d+ 2 \\S+).*", "$1");
    }

    private void ask(CachingValidator unbound) {
      for (int i = 0; !over; i++) {
        for (String[] question :
            new String[][] {
              {ZONE, "DNSKEY"},
              {"www." + ZONE, "A"},
              {"x" + i + ".wild." + ZONE, "A"},
              {"x" + i + "." + ZONE, "A"}
            }) {
          validated.addAndGet(unbound.validates(question[0], question[1]) ? 1 : 0);
        }
        String said = keyward.delv(PARENT, "www." + ZONE, "A");
        if (said.matches(BOGUS)) {
          bogus.add(said);
        } else if (said.contains("fully validated")) {
          validated.incrementAndGet();
        }
      }
    }

    /** What a kill has broken off may have come to nothing, which is fine; then it is said anew. */
    private void begin() {
      for (String role : PHASES.keySet()) {
        boolean[] there = {true};
        Installation.await(
            "a roll of a " + role,
            Duration.ofMinutes(5),
            () ->
                untilAnswered(
                    () -> {
                      if (roll(role).isPresent()) {
                        return true;
                      }
                      there[0] = false;
                      start(role);
                      return false;
                    }));
        begun.merge(role, there[0] ? 0 : 1, Integer::sum);
      }
    }

    private void start(String role) {
      List<String> command = new ArrayList<>(List.of("roll", "start", ZONE, "--" + role));
      command.addAll(List.of("--pace", "now"));
      if (role.equals("ksk")) {
        String label = "ksk-" + keysMade++;
        keyward.cli("key", "generate", Installation.TOKEN, label);
        command.addAll(List.of("--to", Installation.TOKEN + "/" + label));
      }
      keyward.cli(command.toArray(String[]::new));
    }

    /** A command may meet a PostgreSQL that recovers; it says so, and can be given again. */
    private static boolean untilAnswered(Callable<Boolean> commands) {
      try {
        return commands.call();
      } catch (AssertionError e) {
        return false;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    private boolean areOver() {
      return untilAnswered(
          () -> {
            handIn();
            return picture().get("rolls").isEmpty();
          });
    }

    private JsonNode picture() throws Exception {
      return new ObjectMapper().readTree(keyward.cli("roll", "show", ZONE, "--json"));
    }

    private Optional<JsonNode> roll(String role) throws Exception {
      for (JsonNode roll : picture().get("rolls")) {
        if (roll.get("role").asText().equals(role)) {
          return Optional.of(roll);
        }
      }
      return Optional.empty();
    }

    /** The parent gets the DS that is due. */
    private void handIn() throws Exception {
      for (JsonNode due : picture().get("ds_due")) {
        loadParent(ds(due.get("record").asText()));
      }
    }

    private void killOne() throws Exception {
      List<String> phases = new ArrayList<>();
      for (JsonNode roll : picture().get("rolls")) {
        phases.add(roll.get("role").asText() + " " + roll.get("phase").asText());
      }
      Victim victim =
          List.of(Victim.values()).stream()
              .min(Comparator.comparing(one -> sum(phases, one)))
              .orElseThrow();
      phases.forEach(phase -> kills.merge(phase + " " + victim, 1, Integer::sum));
      kill(victim);
      Installation.await(
          "keyward to be ready",
          Duration.ofMinutes(3),
          () -> keyward.status("/readyz") == 200 && keyward.signerOfService().isPresent());
      Installation.await(
          "the DS that is due to be handed in",
          Duration.ofMinutes(3),
          () ->
              untilAnswered(
                  () -> {
                    handIn();
                    return true;
                  }));
    }

    private int sum(List<String> phases, Victim victim) {
      return phases.stream().mapToInt(phase -> kills.getOrDefault(phase + " " + victim, 0)).sum()
              * 1000
          + kills.entrySet().stream()
              .filter(each -> each.getKey().endsWith(victim.name()))
              .mapToInt(Map.Entry::getValue)
              .sum();
    }

    private void kill(Victim victim) throws Exception {
      switch (victim) {
        case SERVICE -> {
          Installation.kill(keyward.service());
          keyward.start();
        }
        case SIGNER -> keyward.signerOfService().ifPresent(ProcessHandle::destroyForcibly);
        case POSTGRESQL -> {
          // It ends all of its processes then, and recovers from its log.
          Optional<ProcessHandle> backend = keyward.postgres().children().reduce((a, b) -> b);
          backend.ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    }
  }
}
