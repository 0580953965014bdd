package org.keyward.store;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.zone.ServedSamples;
import org.xbill.DNS.Name;

/** What servers have seen of PowerDNS, in PostgreSQL. Thread-safe. */
public final class PowerDnsContacts {
  private final Database database;

  public PowerDnsContacts(Database database) {
    this.database = database;
  }

  /**
   * What one server has seen.
   *
   * @param host names the server to people
   * @param askedAt when PowerDNS last asked it; empty when it never did
   * @param askedOver how PowerDNS has reached it lately
   * @param withoutPin zones that PowerDNS is to sign with keys on tokens and gets no PIN for
   * @param invalid what does not validate as PowerDNS serves it
   */
  public record Report(
      String host,
      Instant startedAt,
      Optional<Instant> askedAt,
      List<String> askedOver,
      Collection<Name> withoutPin,
      List<ServedSamples.Fault> invalid) {
    public Report {
      invalid = List.copyOf(invalid);
      askedOver = List.copyOf(askedOver);
      withoutPin = List.copyOf(withoutPin);
    }
  }

  /** Writes it down. */
  public void report(Report report, Instant now) {
    database.useTransaction(
        handle ->
            handle
                .createUpdate(
                    """
                    INSERT INTO keyward.powerdns_contact
                      (server, started_at, seen_at, asked_at, asked_over, without_pin, invalid)
                    VALUES (:host, :started, :seen, :asked, :over, :pinless, :invalid)
                    ON CONFLICT (server) DO UPDATE SET started_at = excluded.started_at,
                      seen_at = excluded.seen_at, asked_at = excluded.asked_at,
                      asked_over = excluded.asked_over, without_pin = excluded.without_pin,
                      invalid = excluded.invalid
                    """)
                .bind("host", report.host())
                .bind("started", report.startedAt().atOffset(ZoneOffset.UTC))
                .bind("seen", now.atOffset(ZoneOffset.UTC))
                .bind("asked", report.askedAt().map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null))
                .bindArray("over", String.class, report.askedOver().toArray())
                .bindArray(
                    "pinless",
                    String.class,
                    report.withoutPin().stream().map(StoredNames::of).toArray())
                .bindArray(
                    "invalid",
                    String.class,
                    report.invalid().stream()
                        .map(fault -> StoredNames.of(fault.zone()) + " " + fault.what())
                        .toArray())
                .execute());
  }

  /** Those that reported within a minute, for people. */
  public List<Map<String, Object>> recent() {
    return database.inSnapshot(
        handle ->
            Rows.of(
                handle.createQuery(
                    """
                    SELECT server, asked_at, asked_over FROM keyward.powerdns_contact
                    WHERE seen_at > now() - INTERVAL '1 minute' ORDER BY server
                    """)));
  }
}
