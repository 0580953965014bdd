package org.keyward.remote;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.keyward.zone.Answer;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.Zone;
import org.keyward.zone.Zones;
import org.xbill.DNS.Name;

/**
 * What PowerDNS asks now on one connection. For each question it calls several times, first for the
 * SOA and last for its signature: all of these calls read the zone as it was at the first one, for
 * with a serial that moved in between the answer would be bogus. Where a call may be the last of
 * one question or the first of another, its reply fits both: it has the signatures of the former
 * zone, of which a first call makes no use, and the SOA of now, of which a last one makes none. One
 * thread at a time.
 */
final class Question {
  /** PowerDNS makes a dozen, and some for each target of a set. */
  private static final int MOST_CALLS = 500;

  /**
   * After so long without a call on the connection a lookup that may be a begin is taken for one. A
   * PowerDNS that has work to do pauses for less.
   */
  private static final Duration REST = Duration.ofSeconds(2);

  private final Zones zones;
  private final LongSupplier nanos;
  private final QuestionCalls calls = new QuestionCalls();
  private long lastCall;

  /** The zone that the question began with, if parts of its answers have to fit together. */
  private Optional<Zone> begunWith = Optional.empty();

  /** As it was at the call before, if that may have been the begin of another question. */
  private Optional<Zone> latest = Optional.empty();

  /** Whose signature of the SOA is told in this call, where it may be the last of a question. */
  private Optional<Zone> signedSoa = Optional.empty();

  private int callsLeft;

  /** Names whose aliases PowerDNS was told, and whether it may follow the last one. */
  private final Set<Name> aliases = new HashSet<>();

  private boolean mayFollow;

  Question(Zones zones) {
    this(zones, System::nanoTime);
  }

  Question(Zones zones, LongSupplier nanos) {
    this.zones = zones;
    this.nanos = nanos;
    this.lastCall = nanos.getAsLong();
  }

  /** Whether the connection was idle for long before this call. */
  private boolean rested() {
    long now = nanos.getAsLong();
    boolean rested = now - lastCall > REST.toNanos();
    lastCall = now;
    return rested;
  }

  /**
   * The zone in which a name is to be looked up. PowerDNS goes by its list of zones until it reads
   * it anew: a zone that was deleted and made again has its former number there.
   */
  Optional<Zone> zoneOf(Lookup lookup) {
    if (lookup.hasClient()) {
      beginWithLatest();
    }
    signedSoa = Optional.empty();
    switch (calls.lookup(lookup, isApex(lookup), rested())) {
      case BEGIN -> {
        if (!follows(lookup.name())) {
          begin(lookup);
        }
      }
      case SIGNATURE_OR_BEGIN -> mayBegin(lookup);
      case SOA_SIGNATURE_OR_BEGIN -> {
        beginWithLatest();
        mayBegin(lookup);
      }
      case WITHIN -> latest = Optional.empty();
    }
    return zone(lookup);
  }

  private boolean isApex(Lookup lookup) {
    return begunWith
        .filter(zone -> zone.id() == lookup.zoneId())
        .or(() -> zones.byId(lookup.zoneId()))
        .map(zone -> zone.origin().equals(lookup.name()))
        .orElseGet(() -> zones.isOrigin(lookup.name()));
  }

  private Optional<Zone> numbered(Lookup lookup) {
    return lookup.zoneId() < 0 ? Optional.empty() : byId(lookup.zoneId());
  }

  private Optional<Zone> zone(Lookup lookup) {
    Optional<Zone> numbered = numbered(lookup);
    return numbered.isPresent() ? numbered : enclosing(lookup.name());
  }

  private void begin(Lookup lookup) {
    end();
    begunWith = zone(lookup).filter(Zone::isSigned);
    callsLeft = MOST_CALLS;
  }

  /** The call that may have been a begin was one. */
  void beginWithLatest() {
    if (latest.isPresent()) {
      Optional<Zone> zone = latest;
      end();
      calls.forget();
      begunWith = zone;
      callsLeft = MOST_CALLS;
    }
  }

  private void mayBegin(Lookup lookup) {
    Optional<Zone> now = zones.byOrigin(lookup.name());
    boolean same = begunWith.isPresent() && now.map(Zone::id).equals(begunWith.map(Zone::id));
    if (!same) {
      begin(lookup);
      return;
    }
    signedSoa = latest.or(() -> begunWith);
    latest = now;
  }

  /** For the target of an alias PowerDNS looks up the SOA again, within one question. */
  private boolean follows(Name apex) {
    boolean follows = mayFollow && begunWith.filter(zone -> zone.origin().equals(apex)).isPresent();
    mayFollow = false;
    return follows;
  }

  /**
   * What PowerDNS is told of a name.
   *
   * @param zone what {@link #zoneOf} gave for this lookup
   */
  Optional<Answer> answer(Lookup lookup, Zone zone) {
    Optional<Answer> answer = zone.lookup(lookup.name());
    answer.ifPresent(found -> noteAliases(lookup, found));
    return signedSoa.isEmpty() ? answer : answer.map(found -> fitsBoth(lookup.name(), found));
  }

  private Answer fitsBoth(Name apex, Answer former) {
    Answer now = latest.flatMap(zone -> zone.lookup(apex)).orElse(former);
    Answer signed = signedSoa.flatMap(zone -> zone.lookup(apex)).orElse(former);
    if (now == former && signed == former) {
      return former;
    }
    List<AnswerRow> rows = new ArrayList<>();
    now.rows().stream().filter(Question::isSoa).forEach(rows::add);
    signed.rows().stream().filter(Question::signsSoa).forEach(rows::add);
    former.rows().stream().filter(row -> !isSoa(row) && !signsSoa(row)).forEach(rows::add);
    return new Answer(rows);
  }

  private static boolean isSoa(AnswerRow row) {
    return row.type().equals("SOA");
  }

  private static boolean signsSoa(AnswerRow row) {
    return row.type().equals(Replies.SIGNATURE) && row.content().startsWith("SOA ");
  }

  private void noteAliases(Lookup lookup, Answer answer) {
    if (begunWith.isEmpty() || !lookup.hasClient()) {
      return;
    }
    for (AnswerRow row : answer.rows()) {
      if (row.type().equals("CNAME") || row.type().equals("DNAME")) {
        mayFollow |= aliases.add(row.owner());
      }
    }
  }

  private Optional<Zone> enclosing(Name name) {
    return zones.enclosing(name).map(this::asBegun);
  }

  private Zone asBegun(Zone now) {
    return begun().filter(zone -> zone.id() == now.id()).orElse(now);
  }

  Optional<Zone> byId(int zoneId) {
    Optional<Zone> begun = begun().filter(zone -> zone.id() == zoneId);
    return begun.isPresent() ? begun : zones.byId(zoneId);
  }

  Optional<Zone> byOrigin(Name origin) {
    Optional<Zone> begun = begun().filter(zone -> zone.origin().equals(origin));
    return begun.isPresent() ? begun : zones.byOrigin(origin);
  }

  /** Without a lookup of the SOA, which a cache of PowerDNS's may spare it, no begin is seen. */
  private Optional<Zone> begun() {
    if (begunWith.isPresent() && callsLeft-- == 0) {
      end();
    }
    return begunWith;
  }

  /** The owner of the denial record that PowerDNS makes of what it is told is {@code before}. */
  void neighbours(Name zone, Name before) {
    lastCall = nanos.getAsLong();
    latest = Optional.empty();
    calls.neighbours(zone, before);
  }

  /** As {@link QuestionCalls#encloser}. */
  Optional<Name> encloser() {
    return calls.encloser();
  }

  /** What follows is no part of it. */
  void end() {
    begunWith = Optional.empty();
    latest = Optional.empty();
    aliases.clear();
    mayFollow = false;
  }
}
