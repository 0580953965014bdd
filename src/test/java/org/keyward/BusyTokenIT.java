package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.token.TestToken;

/** The service and several commands want the token at once: one uses it at any time. */
class BusyTokenIT {
  private static final int ZONES = 6;
  private static final int STEPS = 5;
  private static final int BENCH = 15;

  @Test
  void noTwoUsesOverlap(@TempDir Path dir) throws Exception {
    TestToken token = TestToken.in(Files.createDirectory(dir.resolve("token")));
    token.delay(Duration.ofMillis(60));
    try (Installation keyward = new Installation(dir, token)) {
      keyward.start();
      List<String> assign = new ArrayList<>(List.of("assign"));
      for (int i = 0; i < ZONES; i++) {
        keyward.cli("zone", "create", "z" + i + ".example", "--ns", "ns.z" + i + ".example");
        assign.add("z" + i + ".example");
      }
      assign.addAll(List.of("--token", Installation.TOKEN, "--label", Installation.KEY));
      List<CompletableFuture<Void>> busy =
          List.of(
              commands(keyward, assign),
              commands(keyward, bench(), bench()),
              commands(
                  keyward,
                  List.of("token", "keys", Installation.TOKEN),
                  List.of("key", "generate", Installation.TOKEN, "another"),
                  List.of("token", "check")));
      busy.forEach(CompletableFuture::join);
      keyward.awaitRunways();

      assertThat(token.counters().overlaps()).as(token.overlaps()).isZero();
      assertThat(token.counters().signs()).isEqualTo(ZONES * STEPS + 2 * BENCH);
      assertThat(token.counters().generated()).isEqualTo(2);
    }
  }

  private static List<String> bench() {
    return List.of(
        "token",
        "bench",
        Installation.TOKEN,
        "--label",
        Installation.KEY,
        "--count",
        String.valueOf(BENCH));
  }

  /** One after the other, beside what else runs. */
  @SafeVarargs
  private static CompletableFuture<Void> commands(Installation keyward, List<String>... commands) {
    return CompletableFuture.runAsync(
        () -> {
          for (List<String> command : commands) {
            keyward.cli(command.toArray(String[]::new));
          }
        });
  }
}
