package org.keyward.store;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.ParentDesk;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/** Asks the signer, which asks the parent: it has the resolver. Thread-safe. */
public final class PostgresParents implements ParentDesk {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 100;

  private final Database database;
  private final Duration limit;

  public PostgresParents(Database database) {
    this(database, LIMIT);
  }

  PostgresParents(Database database, Duration limit) {
    this.database = database;
    this.limit = limit;
  }

  private record Question(int zoneId, OffsetDateTime wantedAt) {}

  @Override
  public View ask(Name zone) {
    Question question = database.inTransaction(handle -> want(handle, zone));
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      Optional<View> answer = database.inTransaction(handle -> answer(handle, question, zone));
      if (answer.isPresent()) {
        return answer.get();
      }
      pause();
    }
    throw new ConflictException(
        "no signer has asked the parent of "
            + NameText.of(zone)
            + " within "
            + limit.toSeconds()
            + " s; is one running, with signing.parent-resolver in its configuration?");
  }

  private static Question want(Handle handle, Name zone) {
    return handle
        .createQuery(
            """
            INSERT INTO keyward.parent_question (domain_id, wanted_at)
            SELECT id, clock_timestamp() FROM public.domains WHERE name = ANY(:names)
            ON CONFLICT (domain_id) DO UPDATE SET wanted_at = excluded.wanted_at
            RETURNING domain_id, wanted_at
            """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .map(
            (row, context) ->
                new Question(
                    row.getInt("domain_id"), row.getObject("wanted_at", OffsetDateTime.class)))
        .findFirst()
        .orElseThrow(() -> new NoSuchThingException("there is no zone " + NameText.of(zone)));
  }

  private static Optional<View> answer(Handle handle, Question question, Name zone) {
    Optional<String> failure =
        handle
            .createQuery(
                "SELECT failure FROM keyward.parent_question"
                    + " WHERE domain_id = ? AND failed_at >= ? AND failure IS NOT NULL")
            .bind(0, question.zoneId())
            .bind(1, question.wantedAt())
            .mapTo(String.class)
            .findFirst();
    if (failure.isPresent()) {
      throw new ConflictException(failure.get());
    }
    return handle
        .createQuery("SELECT * FROM keyward.parent_view WHERE domain_id = ? AND checked_at >= ?")
        .bind(0, question.zoneId())
        .bind(1, question.wantedAt())
        .map(
            (row, context) ->
                new View(
                    zone,
                    row.getString("verdict"),
                    row.getString("detail"),
                    row.getObject("checked_at", OffsetDateTime.class).toInstant(),
                    ParentServerTable.of(handle, zone)))
        .findFirst();
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConflictException("interrupted while the parent was asked");
    }
  }
}
