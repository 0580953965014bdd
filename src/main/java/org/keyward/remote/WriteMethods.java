package org.keyward.remote;

import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneWriter;
import org.keyward.zone.Zones;

/**
 * PowerDNS's methods that change something. Where they are switched off, what keeps PowerDNS going
 * as a primary goes on: which zones to notify about, and that it has. Thread-safe.
 */
final class WriteMethods {
  private static final Set<String> ALWAYS =
      Set.of("getUpdatedMasters", "getUnfreshSlaveInfos", "setNotified", "calculateSOASerial");
  private final boolean allowed;
  private final ZoneWriter writer;
  private final TransactionMethods transactions;
  private final ReplicationMethods replication;
  private final KeyMethods keys;
  private final TsigMethods tsig;

  WriteMethods(Zones zones, Writing writing, Clock clock) {
    this.allowed = writing.allowed();
    this.writer = writing.writer();
    this.transactions = new TransactionMethods(writer);
    this.replication = new ReplicationMethods(zones, writing.replication(), clock);
    this.keys = new KeyMethods(writing.keys());
    this.tsig = new TsigMethods(writer);
  }

  /** Empty when there is no such method. */
  Optional<Reply> dispatch(Request request, Session session) {
    if (!allowed && !ALWAYS.contains(request.method())) {
      return refuse(request.method());
    }
    Parameters parameters = request.parameters();
    return Optional.ofNullable(
        switch (request.method()) {
          case "startTransaction" -> transactions.start(parameters, session);
          case "commitTransaction" -> transactions.commit(parameters, session);
          case "abortTransaction" -> transactions.abort(parameters, session);
          case "feedRecord" -> transactions.feed(parameters, session);
          case "feedEnts", "feedEnts3" -> transactions.feedEmptyNonTerminals(parameters, session);
          case "replaceRRSet" -> transactions.replaceSet(parameters, session);
          case "setDomainMetadata" -> setMetadata(parameters);
          case "addDomainKey" -> keys.add(parameters);
          case "removeDomainKey" -> keys.remove(parameters);
          case "activateDomainKey" -> keys.activate(parameters, true);
          case "deactivateDomainKey" -> keys.activate(parameters, false);
          case "publishDomainKey" -> keys.publish(parameters, true);
          case "unpublishDomainKey" -> keys.publish(parameters, false);
          case "setTSIGKey" -> tsig.set(parameters);
          case "deleteTSIGKey" -> tsig.delete(parameters);
          case "getUpdatedMasters" -> replication.toNotify();
          case "getUnfreshSlaveInfos" -> replication.unfresh();
          case "setNotified" -> replication.notified(parameters);
          case "setFresh" -> replication.fresh(parameters);
          case "setStale" -> replication.stale(parameters);
          case "superMasterBackend" -> replication.autoprimary(parameters);
          case "createSlaveDomain" -> replication.createSecondary(parameters);
          case "calculateSOASerial" -> replication.serial(parameters);
          default -> null;
        });
  }

  private static Optional<Reply> refuse(String method) {
    if (!RequestMetrics.isKnown(method)) {
      return Optional.empty();
    }
    throw new WriteRefusedException(
        "backend.writes is false in Keyward's configuration: change zones with SQL, or with"
            + " Keyward's own commands");
  }

  private Reply setMetadata(Parameters parameters) {
    writer.setMetadata(parameters.name("name"), parameters.text("kind"), parameters.texts("value"));
    return Replies.TRUE;
  }
}
