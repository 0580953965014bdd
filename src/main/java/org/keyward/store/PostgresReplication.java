package org.keyward.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.zone.Replication;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.Name;

/** What PowerDNS's table {@code domains} keeps about transfers. Thread-safe. */
public final class PostgresReplication implements Replication {
  private final Writes writes;

  public PostgresReplication(Database database, ServedChanges served) {
    this.writes = new Writes(database, served);
  }

  private static final String DUE =
      PostgresZones.HEADERS
          + """
          WHERE upper(d.type) IN ('SLAVE', 'CONSUMER') AND coalesce(d.last_check, 0) + coalesce(
            (SELECT substring(r.content FROM '^(?:\\S+\\s+){3}(\\d{1,10})(?!\\d)')::BIGINT
             FROM public.records r
             WHERE r.domain_id = d.id AND r.name = d.name AND r.type = 'SOA' AND NOT coalesce(r.disabled, false)
             ORDER BY r.id LIMIT 1), 0) <= :now
          """;

  @Override
  public List<ZoneHeader> due(Instant now) {
    return writes
        .database()
        .inSnapshot(
            handle ->
                PostgresZones.headers(handle.createQuery(DUE).bind("now", now.getEpochSecond())));
  }

  @Override
  public void notified(int zoneId, long serial) {
    update("UPDATE public.domains SET notified_serial = ? WHERE id = ?", serial, zoneId);
  }

  @Override
  public void checked(int zoneId, Instant when) {
    update(
        "UPDATE public.domains SET last_check = ?::int WHERE id = ?",
        when.getEpochSecond(),
        zoneId);
  }

  private void update(String statement, long value, int zoneId) {
    if (writes.write(handle -> handle.execute(statement, value, zoneId)) == 0) {
      throw new WriteRefusedException("there is no zone with the id " + zoneId);
    }
  }

  @Override
  public Optional<Autoprimary> autoprimary(String address, List<Name> servers) {
    return writes
        .database()
        .inSnapshot(
            handle ->
                handle
                    .createQuery(
                        """
                        SELECT nameserver, coalesce(account, '') AS account FROM public.supermasters
                        WHERE host(ip) = host(:ip::inet)
                          AND lower(rtrim(nameserver, '.')) = ANY(:servers)
                        ORDER BY nameserver LIMIT 1
                        """)
                    .bind("ip", address)
                    .bindArray(
                        "servers", String.class, servers.stream().map(StoredNames::of).toArray())
                    .map(
                        (rs, context) ->
                            new Autoprimary(rs.getString("nameserver"), rs.getString("account")))
                    .findFirst());
  }

  @Override
  public void createSecondary(Name zone, String address, String server, String account) {
    writes.write(
        handle -> {
          List<String> addresses = addresses(handle, server, account);
          return handle.execute(
              "INSERT INTO public.domains (name, type, master, account) VALUES (?, 'SLAVE', ?, ?)",
              StoredNames.of(zone),
              addresses.isEmpty() ? address : String.join(", ", addresses),
              account);
        });
  }

  private static List<String> addresses(Handle handle, String server, String account) {
    return handle
        .createQuery(
            """
            SELECT host(ip) FROM public.supermasters
            WHERE lower(rtrim(nameserver, '.')) = lower(rtrim(?, '.')) AND account = ? ORDER BY ip
            """)
        .bind(0, server)
        .bind(1, account)
        .mapTo(String.class)
        .list();
  }
}
