package org.keyward.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.keyward.dnssec.NameText;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.TsigKey;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneWriter;
import org.xbill.DNS.Name;

/** Writes zones as PowerDNS's gpgsql backend does, into its own tables. Thread-safe. */
public final class PostgresZoneWriter implements ZoneWriter {
  /** Of advisory locks on zones, so that two transfers of a zone come one after the other. */
  private static final int ZONE_LOCK = 0x6b65797a;

  /** What PowerDNS would answer wrongly with, in a zone that Keyward signs. */
  private static final Set<String> SIGNER_OWNED = Set.of("PRESIGNED", "NSEC3NARROW");

  private final Writes writes;

  public PostgresZoneWriter(Database database, ServedChanges served) {
    this.writes = new Writes(database, served);
  }

  @Override
  public Transaction change(Name zone) {
    return open(
        handle ->
            handle
                .createQuery("SELECT id, name FROM public.domains WHERE name = ANY(:names)")
                .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone)),
        "there is no zone " + NameText.of(zone));
  }

  @Override
  public Transaction replace(int zoneId) {
    PostgresTransaction transaction =
        open(
            handle ->
                handle
                    .createQuery("SELECT id, name FROM public.domains WHERE id = :id")
                    .bind("id", zoneId),
            "there is no zone with the id " + zoneId);
    try {
      transaction.deleteEverything();
      return transaction;
    } catch (RuntimeException e) {
      transaction.close();
      throw e;
    }
  }

  /** Which zone a transaction is about. */
  @FunctionalInterface
  private interface Find {
    Query in(Handle handle);
  }

  private record Found(int id, Name origin) {}

  /** On a connection of its own: a slow transfer must not take one from those who load zones. */
  private PostgresTransaction open(Find find, String otherwise) {
    Connection connection = writes.database().dedicatedConnection();
    try {
      connection.setAutoCommit(false);
      Handle handle = Jdbi.create(connection).open();
      Writes.limitWaiting(handle);
      Found zone =
          find.in(handle)
              .map(
                  (rs, context) ->
                      new Found(
                          rs.getInt("id"), StoredNames.parse(rs.getString("name")).orElseThrow()))
              .findFirst()
              .orElseThrow(() -> new WriteRefusedException(otherwise));
      handle
          .createQuery("SELECT pg_advisory_xact_lock(?, ?)")
          .bind(0, ZONE_LOCK)
          .bind(1, zone.id())
          .mapToMap()
          .list();
      return new PostgresTransaction(writes, connection, handle, zone.id(), zone.origin());
    } catch (SQLException | RuntimeException e) {
      PostgresTransaction.close(connection);
      if (e instanceof SQLException || e instanceof JdbiException) {
        throw Writes.translate(e);
      }
      throw (RuntimeException) e;
    }
  }

  @Override
  public void setMetadata(Name zone, String kind, List<String> values) {
    writes.write(
        handle -> {
          int id = zoneId(handle, zone);
          String upper = kind.toUpperCase(Locale.ROOT);
          if (!values.isEmpty() && SIGNER_OWNED.contains(upper) && isSigned(handle, id)) {
            throw new WriteRefusedException(
                NameText.of(zone)
                    + " is signed by Keyward: "
                    + upper
                    + " would make it bogus; take the key away first with 'keyward unassign "
                    + NameText.of(zone)
                    + "'");
          }
          ZoneEditor.actAs(handle, PostgresZoneKeys.ACTOR);
          handle.execute(
              "DELETE FROM public.domainmetadata WHERE domain_id = ? AND kind = ?", id, upper);
          for (String value : values) {
            handle.execute(
                "INSERT INTO public.domainmetadata (domain_id, kind, content) VALUES (?, ?, ?)",
                id,
                upper,
                value);
          }
          return null;
        });
  }

  /** Locked against an assignment that begins meanwhile, but not against a transfer of records. */
  static int zoneId(Handle handle, Name zone) {
    return handle
        .createQuery("SELECT id FROM public.domains WHERE name = ANY(:names) FOR NO KEY UPDATE")
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .mapTo(Integer.class)
        .findFirst()
        .orElseThrow(() -> new WriteRefusedException("there is no zone " + NameText.of(zone)));
  }

  static boolean isSigned(Handle handle, int zoneId) {
    return handle
        .createQuery(
            """
            SELECT EXISTS (SELECT FROM keyward.assignment
              WHERE domain_id = ? AND state <> 'ended')
            """)
        .bind(0, zoneId)
        .mapTo(Boolean.class)
        .one();
  }

  @Override
  public void setTsigKey(TsigKey key) {
    writes.write(
        handle -> {
          handle.execute("DELETE FROM public.tsigkeys WHERE name = ?", StoredNames.of(key.name()));
          return handle.execute(
              "INSERT INTO public.tsigkeys (name, algorithm, secret) VALUES (?, ?, ?)",
              StoredNames.of(key.name()),
              key.algorithm(),
              key.secret());
        });
  }

  @Override
  public boolean deleteTsigKey(Name name) {
    return writes.write(
        handle ->
            handle.execute("DELETE FROM public.tsigkeys WHERE name = ?", StoredNames.of(name)) > 0);
  }
}
