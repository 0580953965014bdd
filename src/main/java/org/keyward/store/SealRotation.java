package org.keyward.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.Seal;
import org.xbill.DNS.Name;

/**
 * Seals every private key anew under another seal key, some at a time; may be ended and run again.
 * Meanwhile processes that have both keys open what is done and what is not.
 */
public final class SealRotation {
  private static final int AT_ONCE = 500;

  private final Database database;
  private final Seal seal;
  private int done;
  private final List<String> unopened = new ArrayList<>();

  /**
   * @param seal with the key that is in force until now as the former one
   */
  public SealRotation(Database database, Seal seal) {
    this.database = database;
    this.seal = seal;
  }

  /**
   * @param sealed how many private keys are sealed anew
   * @param unopened where those are that neither key opens; they are left as they are
   */
  public record Outcome(int sealed, List<String> unopened) {
    public Outcome {
      unopened = List.copyOf(unopened);
    }
  }

  /**
   * Puts the key in force, then goes through all private keys.
   *
   * @param actor for the audit log
   * @throws WrongSealKeyException when neither key is in force
   */
  public Outcome rotate(String actor) {
    database.useTransaction(
        handle -> {
          if (SealKeyTable.change(handle, seal)) {
            audit(handle, actor, "another seal key is in force; keys are sealed anew");
          }
        });
    all(ZSKS, "keyward.zsk", SealRotation::zskContext);
    all(REQUESTS, "keyward.request", SealRotation::zskContext);
    all(LIVE, "keyward.sealed_key", row -> SealedContent.context(row.zone(), row.takesPin()));
    if (done > 0) {
      database.useTransaction(
          handle -> audit(handle, actor, done + " private keys are sealed anew"));
    }
    return new Outcome(done, unopened);
  }

  private static void audit(Handle handle, String actor, String detail) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            PostgresClock.now(handle),
            actor,
            AuditEvent.Action.SEAL_KEY_CHANGED,
            AuditEvent.Result.DONE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            detail));
  }

  /**
   * Where sealed keys are stored.
   *
   * @param select in the order of their ids
   * @param update the sealed key, by id
   */
  private record Place(String select, String update) {}

  private static final Place ZSKS =
      new Place(
          """
          SELECT z.id, a.zone, z.algorithm, z.public_key, false AS takes_pin, z.sealed
          FROM keyward.zsk z JOIN keyward.assignment a ON a.id = z.assignment_id
          WHERE z.id > :after AND z.sealed IS NOT NULL ORDER BY z.id LIMIT :limit FOR UPDATE OF z
          """,
          "UPDATE keyward.zsk SET sealed = :sealed WHERE id = :id");

  private static final Place REQUESTS =
      new Place(
          """
          SELECT id, zone, zsk_algorithm AS algorithm, zsk_public AS public_key,
            false AS takes_pin, zsk_sealed AS sealed
          FROM keyward.request
          WHERE id > :after AND zsk_sealed IS NOT NULL ORDER BY id LIMIT :limit FOR UPDATE
          """,
          "UPDATE keyward.request SET zsk_sealed = :sealed WHERE id = :id");

  private static final Place LIVE =
      new Place(
          """
          SELECT s.id, d.name AS zone, 0 AS algorithm, NULL::BYTEA AS public_key, s.takes_pin,
            s.sealed
          FROM keyward.sealed_key s JOIN public.domains d ON d.id = s.domain_id
          WHERE s.id > :after ORDER BY s.id LIMIT :limit FOR UPDATE OF s
          """,
          "UPDATE keyward.sealed_key SET sealed = :sealed WHERE id = :id");

  /** A sealed key, with what its context is made of. */
  private record Row(
      long id, Name zone, int algorithm, byte[] publicKey, boolean takesPin, byte[] sealed) {}

  @FunctionalInterface
  private interface Context {
    String of(Row row);
  }

  private static String zskContext(Row row) {
    Algorithm algorithm = Algorithm.ofNumber(row.algorithm()).orElseThrow();
    return KeyRows.sealContext(
        SoftwareKeys.dnskey(row.zone(), SoftwareKeys.ZSK_FLAGS, algorithm, row.publicKey()));
  }

  private void all(Place place, String name, Context context) {
    Optional<Long> last = Optional.of(0L);
    while (last.isPresent()) {
      long from = last.get();
      last = database.inTransaction(handle -> some(handle, place, name, context, from));
    }
  }

  /** Gives the id of the last one; empty when there was none. */
  private Optional<Long> some(
      Handle handle, Place place, String name, Context context, long after) {
    List<Row> rows =
        handle
            .createQuery(place.select())
            .bind("after", after)
            .bind("limit", AT_ONCE)
            .map(
                (rs, query) ->
                    new Row(
                        rs.getLong("id"),
                        StoredNames.parse(rs.getString("zone")).orElse(Name.root),
                        rs.getInt("algorithm"),
                        rs.getBytes("public_key"),
                        rs.getBoolean("takes_pin"),
                        rs.getBytes("sealed")))
            .list();
    rows.forEach(row -> anew(handle, place, name, context, row));
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(rows.size() - 1).id());
  }

  private void anew(Handle handle, Place place, String name, Context context, Row row) {
    Optional<byte[]> anew;
    try {
      anew = anew(row.sealed(), context.of(row));
    } catch (RuntimeException e) { // of whatever kind: the row is damaged
      unopened.add("row " + row.id() + " of " + name + ", zone " + NameText.of(row.zone()));
      return;
    }
    if (anew.isPresent()) {
      handle.createUpdate(place.update()).bind("sealed", anew.get()).bind("id", row.id()).execute();
      done++;
    }
  }

  /** Empty when it is done. */
  private Optional<byte[]> anew(byte[] sealed, String context) {
    return seal.openWithThis(sealed, context).isPresent()
        ? Optional.empty()
        : Optional.of(seal.seal(seal.open(sealed, context), context));
  }
}
