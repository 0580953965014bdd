package org.keyward.app;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.keyward.background.RepeatedTask;
import org.keyward.remote.Contact;
import org.keyward.store.PowerDnsContacts;
import org.keyward.store.TokenPins;
import org.keyward.zone.ServedSamples;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the database what this server sees of PowerDNS: findings are made of that. */
final class ContactReport implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ContactReport.class);
  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** A way that was not used for so long is a former one. */
  private static final Duration LATELY = Duration.ofMinutes(10);

  private final PowerDnsContacts servers;
  private final Contact contact;
  private final TokenPins pins;
  private final Supplier<List<ServedSamples.Fault>> invalid;
  private final String host;
  private final Clock clock;
  private final Instant startedAt;
  private final RepeatedTask task = RepeatedTask.every(PERIOD, "powerdns-contact", this::send);

  /**
   * @param invalid what does not validate as PowerDNS serves it
   * @param host names this server to people
   */
  ContactReport(
      PowerDnsContacts servers,
      Contact contact,
      TokenPins pins,
      Supplier<List<ServedSamples.Fault>> invalid,
      String host,
      Clock clock) {
    this.servers = servers;
    this.contact = contact;
    this.pins = pins;
    this.invalid = invalid;
    this.host = host;
    this.clock = clock;
    this.startedAt = clock.instant();
  }

  ContactReport start() {
    task.start();
    return this;
  }

  /** On a replica, which cannot be written, the metrics say it alone. */
  void send() {
    try {
      Instant now = clock.instant();
      Map<Contact.Way, Duration> ages = contact.ages();
      Optional<Instant> asked =
          ages.values().stream().min(Comparator.naturalOrder()).map(now::minus);
      List<String> over =
          ages.entrySet().stream()
              .filter(way -> way.getValue().compareTo(LATELY) < 0)
              .map(way -> way.getKey().word())
              .toList();
      servers.report(
          new PowerDnsContacts.Report(host, startedAt, asked, over, pins.without(), invalid.get()),
          now);
    } catch (ZoneStorageException e) {
      log.debug("what is seen of PowerDNS is not written down: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    task.close();
  }
}
