package org.keyward.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.Nsec3Parameters;
import org.keyward.zone.FedRow;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/** A transaction of PostgreSQL on a connection of its own, which ends with it. */
final class PostgresTransaction implements ZoneWriter.Transaction {
  private static final Logger log = LoggerFactory.getLogger(PostgresTransaction.class);

  /** Triggers run once a statement, so records go in many at a time. */
  private static final int BATCH = 1_000;

  private final Writes writes;
  private final Connection connection;
  private final Handle handle;
  private final int zoneId;
  private final Name origin;
  private final List<FedRow> pending = new ArrayList<>();
  private RuntimeException failure;

  PostgresTransaction(Writes writes, Connection connection, Handle handle, int id, Name origin) {
    this.writes = writes;
    this.connection = connection;
    this.handle = handle;
    this.zoneId = id;
    this.origin = origin;
  }

  @Override
  public int zoneId() {
    return zoneId;
  }

  @Override
  public Name origin() {
    return origin;
  }

  /**
   * For a whole zone that comes anew. A copy is what its primary has, as with gpgsql; elsewhere
   * rows that are disabled stay, for PowerDNS sees none of them and cannot give them back.
   */
  void deleteEverything() {
    run(
        () ->
            handle.execute(
                """
                DELETE FROM public.records r USING public.domains d
                WHERE d.id = ? AND r.domain_id = d.id AND (NOT coalesce(r.disabled, false)
                  OR upper(d.type) IN ('SLAVE', 'SECONDARY', 'CONSUMER'))
                """,
                zoneId));
  }

  @Override
  public void add(FedRow row) {
    run(
        () -> {
          pending.add(row);
          return pending.size() < BATCH ? 0 : flush();
        });
  }

  /** As gpgsql does; PowerDNS has set the chain's parameters before. */
  @Override
  public void addEmptyNonTerminals(Map<Name, Boolean> auth, boolean inChain) {
    Optional<Nsec3Parameters> chain = inChain ? run(this::chain) : Optional.empty();
    auth.forEach(
        (owner, member) ->
            add(
                new FedRow(
                    new RecordRow(0, owner, "", "", 0, 0),
                    member ? chain.map(parameters -> parameters.hash(owner)) : Optional.empty(),
                    member)));
  }

  private Optional<Nsec3Parameters> chain() {
    return handle
        .createQuery(
            "SELECT content FROM public.domainmetadata"
                + " WHERE domain_id = ? AND kind = 'NSEC3PARAM' ORDER BY id LIMIT 1")
        .bind(0, zoneId)
        .mapTo(String.class)
        .findFirst()
        .flatMap(Nsec3Parameters::ifValid);
  }

  private int flush() {
    ZoneEditor.insertFed(handle, zoneId, pending);
    pending.clear();
    return 0;
  }

  /** Rows that are disabled stay: PowerDNS sees none of them, and so cannot give them back. */
  @Override
  public void replace(Name owner, Optional<String> type, List<RecordRow> rows) {
    run(
        () -> {
          flush();
          handle
              .createUpdate(
                  """
                  DELETE FROM public.records WHERE domain_id = :zone AND name = ANY(:names)
                    AND (:type::text IS NULL OR upper(type) = :type)
                    AND NOT coalesce(disabled, false)
                  """)
              .bind("zone", zoneId)
              .bindArray("names", String.class, (Object[]) StoredNames.spellings(owner))
              .bind("type", type.orElse(null))
              .execute();
          rows.forEach(row -> pending.add(FedRow.of(row)));
          return flush();
        });
  }

  @Override
  public ZoneData around(Name owner) {
    return run(
        () -> {
          flush();
          List<RecordRow> rows = rowsNear(owner);
          if (rows.stream().noneMatch(row -> row.owner().equals(owner))) {
            rows = new ArrayList<>(rows);
            rows.addAll(oneBelow(owner));
          }
          return data(rows);
        });
  }

  /** At the name, and what decides its authority. */
  private List<RecordRow> rowsNear(Name owner) {
    List<String> above = new ArrayList<>();
    for (int strip = 1; owner.labels() - strip >= origin.labels(); strip++) {
      above.addAll(List.of(StoredNames.spellings(new Name(owner, strip))));
    }
    return PostgresZones.records(
        handle
            .createQuery(
                PostgresZones.RECORDS
                    + """
                     AND (name = ANY(:names) OR (name = ANY(:above) AND type IN ('NS', 'SOA')))
                    ORDER BY id
                    """)
            .bindArray("names", String.class, (Object[]) StoredNames.spellings(owner))
            .bindArray("above", String.class, above.toArray()),
        zoneId);
  }

  /** Any record below the name makes it an empty non-terminal. */
  private List<RecordRow> oneBelow(Name owner) {
    return PostgresZones.records(
        handle
            .createQuery(
                PostgresZones.RECORDS + " AND right(name, length(:suffix)) = :suffix LIMIT 1")
            .bind("suffix", owner.equals(Name.root) ? "" : "." + StoredNames.of(owner)),
        zoneId);
  }

  @Override
  public ZoneData everything() {
    return run(
        () -> {
          flush();
          return data(
              PostgresZones.records(
                  handle.createQuery(PostgresZones.RECORDS + " ORDER BY id"), zoneId));
        });
  }

  private ZoneData data(List<RecordRow> rows) {
    return PostgresZones.headers(handle, List.of(zoneId)).stream()
        .findFirst()
        .map(header -> new ZoneData(header, rows, Map.of(), List.of(), Optional.empty(), List.of()))
        .orElseThrow(
            () -> new WriteRefusedException("the zone " + NameText.of(origin) + " was deleted"));
  }

  @Override
  public void commit() {
    Optional<ServedChanges.Expected> expected = Optional.empty();
    try {
      expected =
          run(
              () -> {
                flush();
                return writes.expect(handle);
              });
      connection.commit();
      expected.ifPresent(Writes::await);
    } catch (SQLException e) {
      throw Writes.translate(e);
    } finally {
      expected.ifPresent(ServedChanges.Expected::close);
      close();
    }
  }

  /** After a refusal PostgreSQL refuses everything else, so the first one is said again. */
  private <T> T run(Supplier<T> work) {
    if (failure != null) {
      throw failure;
    }
    try {
      return work.get();
    } catch (JdbiException e) {
      failure = Writes.translate(e);
      throw failure;
    }
  }

  @Override
  public void close() {
    close(connection);
  }

  /** Takes back what is not committed. */
  static void close(Connection connection) {
    try (connection) {
      if (!connection.isClosed()) {
        connection.rollback();
      }
    } catch (SQLException e) {
      log.debug("a transaction's connection was broken before its end: {}", e.toString());
    }
  }
}
