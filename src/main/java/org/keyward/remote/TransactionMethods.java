package org.keyward.remote;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.zone.FedRow;
import org.keyward.zone.RecordRow;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/** The methods that change records. Thread-safe. */
final class TransactionMethods {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionMethods.class);

  private final ZoneWriter writer;

  TransactionMethods(ZoneWriter writer) {
    this.writer = writer;
  }

  /** Without a zone id the zone stays as it is; with one its records are replaced. */
  Reply start(Parameters parameters, Session session) {
    int zoneId = parameters.number("domain_id", -1);
    Name zone = parameters.name("domain");
    session.begin(
        parameters.largeNumber("trxid"),
        () -> zoneId < 0 ? writer.change(zone) : writer.replace(zoneId));
    return Replies.TRUE;
  }

  /**
   * PowerDNS mostly does not look at the result of a commit: only a reply without one keeps it from
   * taking a refused change for done.
   */
  Reply commit(Parameters parameters, Session session) {
    long number = parameters.largeNumber("trxid");
    try {
      session.transaction(number).commit();
      return Replies.TRUE;
    } catch (WriteRefusedException e) {
      LOG.warn("commitTransaction refused, nothing is changed: {}", e.getMessage());
      return Replies.failed("commitTransaction: " + e.getMessage());
    } finally {
      session.end(number);
    }
  }

  Reply abort(Parameters parameters, Session session) {
    return session.end(parameters.largeNumber("trxid")) ? Replies.TRUE : Replies.FALSE;
  }

  Reply feed(Parameters parameters, Session session) {
    OpenTransaction transaction = session.transaction(parameters.largeNumber("trxid"));
    FedRow row = FedRecord.of(parameters.object("rr"));
    return transaction.use(
        open -> {
          open.add(row);
          return Replies.TRUE;
        });
  }

  /** REST of PowerDNS 4.7 leaves out the names; answers do not need them. */
  Reply feedEmptyNonTerminals(Parameters parameters, Session session) {
    boolean inChain = parameters.has("times") && !parameters.flag("narrow", false);
    Map<Name, Boolean> named = new LinkedHashMap<>();
    List<Parameters> given =
        parameters.hasObjects("nonterm") ? parameters.objects("nonterm") : List.of();
    for (Parameters each : given) {
      if (!each.text("nonterm", "").isEmpty()) {
        named.put(each.name("nonterm"), each.flag("auth", true));
      }
    }
    return session
        .transaction(parameters.largeNumber("trxid"))
        .use(
            open -> {
              open.addEmptyNonTerminals(named, inChain);
              return Replies.TRUE;
            });
  }

  Reply replaceSet(Parameters parameters, Session session) {
    Name owner = parameters.name("qname");
    String type = FedRecord.type(parameters);
    List<Parameters> set = parameters.objects("rrset");
    // The TTL of a set is one (RFC 2181, section 5.2). REST of PowerDNS 4.7 runs that of a record
    // into the next record; the last one is right.
    List<RecordRow> rows =
        set.stream()
            .map(record -> FedRecord.of(record, owner, set.get(set.size() - 1).number("ttl")))
            .toList();
    Optional<String> types = type.equals("ANY") ? Optional.empty() : Optional.of(type);
    return session
        .transaction(parameters.largeNumber("trxid"))
        .use(
            open -> {
              open.replace(owner, types, rows);
              return Replies.TRUE;
            });
  }
}
