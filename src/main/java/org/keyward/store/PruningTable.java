package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.PruningTime;

/** What is thrown away, and by what time: {@code keyward.pruning}. */
final class PruningTable {
  /** How long expired signatures of the KSK stay, for people to look at. */
  private static final Duration KEPT = Duration.ofDays(30);

  private PruningTable() {}

  static void pruneSignatures(Handle handle, Instant now) {
    PruningTime time = next(handle, now);
    for (String table : new String[] {"signed_set", "signed_child"}) {
      handle.execute(
          """
          DELETE FROM keyward.%1$s s WHERE s.expiration < ? AND s.active_from < (
            SELECT max(l.active_from) FROM keyward.%1$s l
            WHERE l.assignment_id = s.assignment_id)
          """
              .formatted(table),
          time.earlier().minus(KEPT).getEpochSecond());
    }
  }

  private static PruningTime next(Handle handle, Instant now) {
    PruningTime time =
        handle
            .createQuery("SELECT earlier, later FROM keyward.pruning FOR UPDATE")
            .map(
                (row, context) ->
                    new PruningTime(
                        row.getObject("earlier", OffsetDateTime.class).toInstant(),
                        row.getObject("later", OffsetDateTime.class).toInstant()))
            .findOne()
            .orElse(new PruningTime(now, now))
            .at(now);
    handle.execute(
        """
        INSERT INTO keyward.pruning (earlier, later) VALUES (?, ?)
        ON CONFLICT (single) DO UPDATE SET earlier = EXCLUDED.earlier, later = EXCLUDED.later
        """,
        time.earlier().atOffset(ZoneOffset.UTC),
        time.later().atOffset(ZoneOffset.UTC));
    return time;
  }
}
