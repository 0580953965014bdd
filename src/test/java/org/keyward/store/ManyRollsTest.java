package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.keyset.KeyRole;

/** What a look at many rolls costs; {@code bin/bench rolls} says how long it takes. */
@Tag("once")
class ManyRollsTest {
  private static final int ZONES = 300;

  @Test
  void aTickLooksAtAPageOfRollsAndAtLifetimesOnlyWhoseTurnHasCome() throws Exception {
    try (ManyRolls many = new ManyRolls(ZONES)) {
      assertThat(many.tick(Duration.ofHours(1))).isEqualTo(ManyRolls.PAGE);
      assertThat(many.tick(Duration.ofSeconds(1))).isEqualTo(ManyRolls.PAGE);

      many.end();
      many.database()
          .useTransaction(
              handle -> {
                assertThat(over(handle, many)).isZero();
                int first = scans(handle);
                assertThat(first).isGreaterThanOrEqualTo(ZONES);
                assertThat(over(handle, many)).isZero();
                assertThat(scans(handle)).isEqualTo(first);
              });
    }
  }

  private static int over(Handle handle, ManyRolls many) {
    return Lifetimes.over(handle, KeyRole.ZSK, List.of("t"), Map.of(), many.now(), ManyRolls.PAGE)
        .size();
  }

  /** How often keys of a zone were looked for in this transaction. */
  private static int scans(Handle handle) {
    return handle
        .createQuery(
            "SELECT idx_scan + seq_tup_read FROM pg_stat_xact_user_tables WHERE relid = 'keyward.zsk'::REGCLASS")
        .mapTo(Integer.class)
        .one();
  }
}
