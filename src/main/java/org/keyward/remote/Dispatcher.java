package org.keyward.remote;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.zone.Answer;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.KeyContent;
import org.keyward.zone.UnsignedZone;
import org.keyward.zone.Zone;
import org.keyward.zone.ZoneWriter;
import org.keyward.zone.Zones;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * PowerDNS's methods: those that ask are answered from the zones, or from what the connection has
 * not committed yet; those that write are {@link WriteMethods}. Thread-safe.
 */
final class Dispatcher {
  private final Zones zones;
  private final WriteMethods writing;
  private final DirectCommands commands;
  private final FirstLogins logins = new FirstLogins();
  private final SparseLog log = new SparseLog(LoggerFactory.getLogger(Dispatcher.class));

  Dispatcher(Zones zones, WriteMethods writing, DirectCommands commands) {
    this.zones = zones;
    this.writing = writing;
    this.commands = commands;
  }

  Reply dispatch(Request request, Session session) {
    logins.called(session);
    Parameters parameters = request.parameters();
    return switch (request.method()) {
      case "initialize" -> {
        session.introduced(parameters);
        yield Replies.TRUE;
      }
      case "lookup", "APILookup" -> lookup(Lookup.of(parameters), session);
      case "list" -> list(ZoneListing.of(parameters), session);
      case "getBeforeAndAfterNamesAbsolute" -> neighbours(ChainPosition.of(parameters), session);
      case "getAllDomainMetadata" ->
          ofZone(parameters, session, zone -> Replies.metadata(zone.metadata()));
      case "getDomainMetadata" ->
          ofZone(parameters, session, zone -> metadata(zone, parameters.text("kind")));
      case "getDomainKeys" -> ofZone(parameters, session, zone -> keys(zone.cryptokeys(), session));
      case "getDomainInfo" ->
          zones
              .byOrigin(parameters.name("name"))
              .<Reply>map(zone -> Replies.domain(zone.header()))
              .orElse(Replies.FALSE);
      case "getAllDomains" -> Replies.domains(zones.headers());
      case "getTSIGKey" -> tsigKey(parameters.name("name"));
      case "getTSIGKeys" -> Replies.tsigKeys(zones.tsigKeys());
      case "searchRecords" -> search(Search.of(parameters));
      case "directBackendCmd" -> Replies.text(commands.run(parameters.text("query")));
      default -> {
        session.question().end(); // what is written is seen by what follows
        yield writing.dispatch(request, session).orElse(Replies.FALSE);
      }
    };
  }

  private Reply lookup(Lookup lookup, Session session) {
    if (lookup.wantsSignatures()) {
      session.asksForSignatures();
    }
    Optional<Zone> zone = session.question().zoneOf(lookup);
    Optional<OpenTransaction> changing = changing(lookup, zone, session);
    if (changing.isPresent()) {
      return changing
          .get()
          .use(open -> rows(lookup, open.zoneId(), uncommitted(open, lookup.name()), session));
    }
    return zone.map(found -> found(lookup, found, session)).orElse(Replies.NO_ROWS);
  }

  private static Reply found(Lookup lookup, Zone zone, Session session) {
    return rows(lookup, zone.id(), session.question().answer(lookup, zone), session);
  }

  private static Optional<Answer> uncommitted(ZoneWriter.Transaction open, Name owner) {
    return UnsignedZone.of(open.around(owner)).lookup(owner);
  }

  /** The transaction in which the zone is that the name belongs to. */
  private static Optional<OpenTransaction> changing(
      Lookup lookup, Optional<Zone> zone, Session session) {
    if (session.isEmpty()) {
      return Optional.empty();
    }
    if (lookup.zoneId() >= 0) {
      return session.ofZone(lookup.zoneId());
    }
    int labels = zone.map(found -> found.origin().labels()).orElse(0);
    return session.above(lookup.name()).filter(open -> open.origin().labels() >= labels);
  }

  private static Reply rows(Lookup lookup, int zoneId, Optional<Answer> answer, Session session) {
    if (answer.isEmpty()) {
      return Replies.NO_ROWS;
    }
    if (!lookup.wantsEverything()) {
      return Replies.answer(zoneId, answer.get(), lookup.type());
    }
    return session.signaturesAreAskedFor()
        ? Replies.answerButSignatures(zoneId, answer.get())
        : Replies.answer(zoneId, answer.get());
  }

  private Reply list(ZoneListing listing, Session session) {
    Optional<OpenTransaction> changing =
        listing.zoneId() < 0
            ? session.above(listing.zone()).filter(open -> open.origin().equals(listing.zone()))
            : session.ofZone(listing.zoneId());
    if (changing.isPresent()) {
      List<AnswerRow> rows =
          changing.get().use(open -> UnsignedZone.of(open.everything()).list().toList());
      return Replies.rows(changing.get().zoneId(), rows::stream);
    }
    Question question = session.question();
    question.beginWithLatest(); // a transfer begins with a lookup of the SOA
    Optional<Zone> zone =
        listing.zoneId() < 0 ? question.byOrigin(listing.zone()) : question.byId(listing.zoneId());
    return zone.<Reply>map(z -> Replies.rows(z.id(), z::list)).orElse(Replies.FALSE);
  }

  private Reply neighbours(ChainPosition position, Session session) {
    return session
        .question()
        .byId(position.zoneId())
        .flatMap(
            zone ->
                zone.isHash(position.hash())
                    ? nsec3Neighbours(zone, position.hash(), session)
                    : nsecNeighbours(zone, position, session))
        .orElse(Replies.FALSE);
  }

  private static Optional<Reply> nsecNeighbours(
      Zone zone, ChainPosition position, Session session) {
    Name origin = zone.origin();
    return zone.nsecNeighbours(position.nameIn(origin))
        .map(
            found -> {
              session.question().neighbours(origin, found.before());
              return Replies.neighbours(
                  relative(found.before(), origin),
                  relative(found.after(), origin),
                  found.before());
            });
  }

  private static Optional<Reply> nsec3Neighbours(Zone zone, String hash, Session session) {
    Name origin = zone.origin();
    return zone.nsec3Neighbours(hash, session.question().encloser())
        .map(
            found -> {
              session.question().neighbours(origin, ChainPosition.ownerOf(found.before(), origin));
              return Replies.neighbours(found.before(), found.after(), found.unhashed());
            });
  }

  /** As PowerDNS wants it: {@code .} for the apex. */
  private static String relative(Name name, Name origin) {
    return name.equals(origin) ? "." : NameText.of(name.relativize(origin));
  }

  private Reply keys(List<CryptoKey> keys, Session session) {
    if (!session.knowsTokens() && keys.stream().anyMatch(Dispatcher::isOnToken)) {
      logins.await(session);
    }
    return Replies.keys(
        session.confidential() ? keys : keys.stream().map(this::withoutPin).toList());
  }

  /** For a connection that any local user can make. */
  private CryptoKey withoutPin(CryptoKey key) {
    String content = key.content().reveal();
    String told =
        content
            .lines()
            .filter(line -> !line.stripLeading().regionMatches(true, 0, "PIN", 0, "PIN".length()))
            .map(line -> line + "\n")
            .collect(Collectors.joining());
    if (!isOnToken(content) || told.length() >= content.length()) {
      return key;
    }
    log.warn(
        "a key on a token is given without its PIN, for any local user may ask here: give"
            + " backend.http a backend.secret-file, backend.unix the mode 0660");
    return new CryptoKey(key.id(), key.flags(), key.active(), key.published(), KeyContent.of(told));
  }

  /** Keyward's own keys for PowerDNS are ZSKs in software, so that most are not looked at. */
  private static boolean isOnToken(CryptoKey key) {
    return key.flags() == SoftwareKeys.KSK_FLAGS && isOnToken(key.content().reveal());
  }

  private static boolean isOnToken(String content) {
    return content
        .lines()
        .anyMatch(line -> line.stripLeading().regionMatches(true, 0, "Engine", 0, 6));
  }

  private static Reply metadata(Zone zone, String kind) {
    return Replies.values(zone.metadata().getOrDefault(kind, List.of()));
  }

  private Reply tsigKey(Name name) {
    return zones.tsigKeys().stream()
        .filter(key -> key.name().equals(name))
        .findFirst()
        .<Reply>map(Replies::tsigKey)
        .orElse(Replies.FALSE);
  }

  private Reply search(Search search) {
    return Replies.found(zones.search(search.pattern(), search.limit()));
  }

  private static Reply ofZone(Parameters parameters, Session session, Function<Zone, Reply> reply) {
    return session.question().byOrigin(parameters.name("name")).map(reply).orElse(Replies.FALSE);
  }
}
