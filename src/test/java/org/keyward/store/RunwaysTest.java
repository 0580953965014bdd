package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/** How far signatures reach: what Keyward asks, what the view shows, and what is so. */
class RunwaysTest {
  private static final int ROUNDS = 200;

  private record Signature(long inception, long expiration) {}

  /** Follows them one by one. */
  private static Optional<Long> reach(List<Signature> signatures, long now) {
    long end = now;
    boolean moved = true;
    while (moved) {
      long from = end;
      end =
          signatures.stream()
              .filter(one -> one.inception() <= from && one.expiration() > from)
              .map(Signature::expiration)
              .max(Comparator.naturalOrder())
              .orElse(from);
      moved = end > from;
      // One that begins exactly where another ends leaves no gap.
    }
    return end > now ? Optional.of(end) : Optional.empty();
  }

  @Test
  void aRunwayIsTheUnbrokenChainFromNowOn() {
    Random random = new Random(21);
    try (Database database = TestDatabase.create()) {
      for (int round = 0; round < ROUNDS; round++) {
        long now = Instant.now().getEpochSecond();
        List<Signature> signatures = new ArrayList<>();
        for (int i = random.nextInt(7); i > 0; i--) {
          long inception = now + 1_000L * (random.nextInt(40) - 15);
          signatures.add(
              new Signature(inception - 500, inception + 500 + 1_000L * random.nextInt(10)));
        }
        database.useTransaction(
            handle -> {
              handle.execute("SET LOCAL session_replication_role = replica");
              store(handle, signatures);
              assertThat(asked(handle, now)).as("%s", signatures).isEqualTo(reach(signatures, now));
              assertThat(shown(handle)).as("%s", signatures).isEqualTo(reach(signatures, now));
              handle.execute("DELETE FROM keyward.signed_set");
            });
      }
    }
  }

  private static void store(Handle handle, List<Signature> signatures) {
    int place = 0;
    for (Signature one : signatures) {
      handle.execute(
          """
          INSERT INTO keyward.signed_set
            (assignment_id, active_from, inception, expiration, signature, ttl, zsks, ksks, signer)
          VALUES (1, ?, ?, ?, '', ?, '{}', '{1}', 1)
          """,
          one.inception(), one.inception(), one.expiration(), place++);
    }
  }

  private static Optional<Long> asked(Handle handle, long now) {
    return handle
        .createQuery("SELECT signed_until FROM (" + Runways.AT_NOW + ") r")
        .bind("now", now)
        .mapTo(Long.class)
        .findOne();
  }

  private static Optional<Long> shown(Handle handle) {
    return handle
        .createQuery("SELECT signed_until FROM keyward.runway")
        .mapTo(Long.class)
        .findOne();
  }
}
