package org.keyward.zone.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.keyward.zone.RecordParser;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * A zone as the rules look at it: every row inside it that is a record, also those that are not
 * served for another reason, by name and type.
 */
final class CheckedZone {
  /** Types that PowerDNS turns into addresses itself. */
  private static final List<String> LIVE_ADDRESSES = List.of("ALIAS", "LUA");

  private static final Name WILDCARD = Name.fromConstantString("*");

  /** A row and the record that it is. */
  record Entry(RecordRow row, Record record) {
    Name owner() {
      return record.getName();
    }

    int type() {
      return record.getType();
    }
  }

  private final ZoneFacts facts;
  private final Name origin;
  private final NavigableMap<Name, Map<Integer, List<Entry>>> names = new TreeMap<>();
  private final List<Name> live = new ArrayList<>();

  CheckedZone(ZoneFacts facts) {
    this.facts = facts;
    this.origin = facts.data().header().origin();
    for (RecordRow row : facts.data().withoutEmptyNonTerminals()) {
      add(row);
    }
  }

  private void add(RecordRow row) {
    if (!row.owner().subdomain(origin)) {
      return;
    }
    if (RecordParser.isLive(row)) {
      if (LIVE_ADDRESSES.contains(row.type())) {
        live.add(row.owner());
      }
      names.computeIfAbsent(row.owner(), name -> new LinkedHashMap<>());
      return;
    }
    try {
      Record record = RecordParser.typed(row);
      names
          .computeIfAbsent(row.owner(), name -> new LinkedHashMap<>())
          .computeIfAbsent(record.getType(), type -> new ArrayList<>())
          .add(new Entry(row, record));
    } catch (IOException e) {
      return; // is in facts.leftOut()
    }
  }

  ZoneFacts facts() {
    return facts;
  }

  Name origin() {
    return origin;
  }

  boolean isSignedHere() {
    return !facts.keys().isEmpty();
  }

  /** Signed by Keyward, by PowerDNS or elsewhere. */
  boolean isSigned() {
    return isSignedHere() || !facts.data().cryptokeys().isEmpty() || isPresigned();
  }

  boolean isPresigned() {
    return facts.data().metadata().getOrDefault("PRESIGNED", List.of()).contains("1");
  }

  Iterable<Name> names() {
    return names.keySet();
  }

  List<Entry> at(Name owner, int type) {
    return names.getOrDefault(owner, Map.of()).getOrDefault(type, List.of());
  }

  Map<Integer, List<Entry>> sets(Name owner) {
    return names.getOrDefault(owner, Map.of());
  }

  Stream<Entry> entries() {
    return names.values().stream().flatMap(sets -> sets.values().stream()).flatMap(List::stream);
  }

  Stream<Entry> entries(int type) {
    return names.values().stream().flatMap(sets -> sets.getOrDefault(type, List.of()).stream());
  }

  Optional<SOARecord> soa() {
    return at(origin, Type.SOA).stream().map(entry -> (SOARecord) entry.record()).findFirst();
  }

  boolean isInside(Name name) {
    return name.subdomain(origin);
  }

  /** Records, or names below it. */
  boolean exists(Name name) {
    Name next = names.ceilingKey(name);
    return next != null && next.subdomain(name);
  }

  boolean isAlias(Name name) {
    return !at(answering(name), Type.CNAME).isEmpty();
  }

  boolean hasAddress(Name name) {
    Name source = answering(name);
    return live.contains(source)
        || !at(source, Type.A).isEmpty()
        || !at(source, Type.AAAA).isEmpty();
  }

  /** The name itself, or the wildcard that answers for it (RFC 4592, section 3.3.1). */
  Name answering(Name name) {
    Name encloser = name;
    while (!exists(encloser) && encloser.labels() > origin.labels()) {
      encloser = new Name(encloser, 1);
    }
    return encloser.equals(name) ? name : wildcard(encloser);
  }

  static Name wildcard(Name encloser) {
    try {
      return Name.concatenate(WILDCARD, encloser);
    } catch (NameTooLongException e) {
      return encloser; // no name below it can be asked for either
    }
  }

  /** The delegation at or above a name, the topmost one. */
  Optional<Name> cut(Name name) {
    Name found = null;
    for (Name at = name; at.labels() > origin.labels(); at = new Name(at, 1)) {
      if (!at(at, Type.NS).isEmpty()) {
        found = at;
      }
    }
    return Optional.ofNullable(found);
  }
}
