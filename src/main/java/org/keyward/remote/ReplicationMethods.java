package org.keyward.remote;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.keyward.zone.Replication;
import org.keyward.zone.Zone;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.Zones;
import org.xbill.DNS.Name;

/** The methods of PowerDNS as a primary and as a secondary. Thread-safe. */
final class ReplicationMethods {
  private final Zones zones;
  private final Replication replication;
  private final Clock clock;

  ReplicationMethods(Zones zones, Replication replication, Clock clock) {
    this.zones = zones;
    this.replication = replication;
    this.clock = clock;
  }

  /** Primary zones whose serial the secondaries have not been told of. */
  Reply toNotify() {
    return Replies.domains(
        zones.headers().stream()
            .filter(zone -> zone.kind() == ZoneHeader.Kind.MASTER && zone.serial() != 0)
            .filter(zone -> zone.notifiedSerial().orElse(0L) != zone.serial())
            .toList());
  }

  Reply unfresh() {
    return Replies.domains(replication.due(clock.instant()));
  }

  Reply notified(Parameters parameters) {
    replication.notified(parameters.number("id"), parameters.largeNumber("serial"));
    return Replies.TRUE;
  }

  Reply fresh(Parameters parameters) {
    replication.checked(parameters.number("id"), clock.instant());
    return Replies.TRUE;
  }

  Reply stale(Parameters parameters) {
    replication.checked(parameters.number("id"), Instant.EPOCH);
    return Replies.TRUE;
  }

  Reply autoprimary(Parameters parameters) {
    List<Name> servers =
        parameters.objects("nsset").stream()
            .filter(record -> record.text("qtype", "NS").equals("NS"))
            .map(record -> record.name("content"))
            .toList();
    return replication
        .autoprimary(parameters.address("ip"), servers)
        .<Reply>map(Replies::autoprimary)
        .orElse(Replies.FALSE);
  }

  Reply createSecondary(Parameters parameters) {
    replication.createSecondary(
        parameters.name("domain"),
        parameters.address("ip"),
        parameters.text("nameserver", ""),
        parameters.text("account", ""));
    return Replies.TRUE;
  }

  /** Only PowerDNS before 4.2 asks; SOA-EDIT is PowerDNS's own work now. */
  Reply serial(Parameters parameters) {
    return zones
        .byOrigin(parameters.name("domain"))
        .map(Zone::header)
        .<Reply>map(header -> Replies.number(header.serial()))
        .orElse(Replies.FALSE);
  }
}
