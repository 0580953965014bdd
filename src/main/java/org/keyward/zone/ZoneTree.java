package org.keyward.zone;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.xbill.DNS.Name;
import org.xbill.DNS.SOARecord;

/**
 * The names of a zone in canonical order (RFC 4034, section 6.1), and what follows from them alone:
 * authority, zone cuts, empty non-terminals, what a DNAME hides. Guarded by the zone's lock, but
 * for {@link #node}, which anybody may ask.
 */
final class ZoneTree {
  private final NavigableMap<Name, Node> nodes = new ConcurrentSkipListMap<>();
  private NavigableSet<Name> dnames = Collections.emptyNavigableSet();
  private final Name origin;
  private final boolean dnameHides;
  private final boolean cutHides;
  private long weight;

  private volatile ParsedSoa soa = ParsedSoa.NONE;

  /** Each denial record needs it; parsed when it is first asked for, again with another apex. */
  private record ParsedSoa(Node apex, Optional<SOARecord> soa) {
    static final ParsedSoa NONE = new ParsedSoa(null, Optional.empty());

    static ParsedSoa of(Node apex) {
      return new ParsedSoa(apex, apex.set("SOA").stream().findFirst().map(SOARecord.class::cast));
    }
  }

  /**
   * @param dnameHides whether names below a DNAME are not there (RFC 6672, section 2.4), as every
   *     validator and verifier takes it; PowerDNS by itself serves them
   * @param cutHides whether there are no delegations below a delegation; PowerDNS by itself refers
   *     to the lower one, and has it in the denial chain of a transfer
   */
  ZoneTree(Name origin, boolean dnameHides, boolean cutHides) {
    this.origin = origin;
    this.dnameHides = dnameHides;
    this.cutHides = cutHides;
  }

  Name origin() {
    return origin;
  }

  /** What is stored at the name, hidden or not; null when nothing is. */
  Node node(Name owner) {
    return nodes.get(owner);
  }

  Collection<Node> nodes() {
    return nodes.values();
  }

  /** All names with records, hidden ones left out. */
  List<Name> names() {
    return nodes.keySet().stream().filter(name -> !isHidden(name)).toList();
  }

  /** What is stored after a name in canonical order, hidden or not; all of it when empty. */
  Set<Map.Entry<Name, Node>> from(Optional<Name> after) {
    return after.map(name -> nodes.tailMap(name, false)).orElse(nodes).entrySet();
  }

  void put(Name owner, Optional<Node> node) {
    Node before = node.isPresent() ? nodes.put(owner, node.get()) : nodes.remove(owner);
    weight += node.map(Node::weight).orElse(0) - (before == null ? 0 : before.weight());
    if (node.isPresent() && node.get().has("DNAME")) {
      dnames = dnames.isEmpty() ? new TreeSet<>() : dnames;
      dnames.add(owner);
    } else if (!dnames.isEmpty()) {
      dnames.remove(owner);
    }
  }

  /** The bytes of its nodes, about. */
  long weight() {
    return weight;
  }

  /** The names with records below {@code owner}. */
  Map<Name, Node> below(Name owner) {
    Map<Name, Node> below = new java.util.LinkedHashMap<>();
    for (Map.Entry<Name, Node> entry : nodes.tailMap(owner, false).entrySet()) {
      if (!entry.getKey().subdomain(owner)) {
        break;
      }
      below.put(entry.getKey(), entry.getValue());
    }
    return below;
  }

  /** The owners of DNAME records. */
  NavigableSet<Name> dnames() {
    return Collections.unmodifiableNavigableSet(dnames);
  }

  Optional<SOARecord> soa() {
    Node apex = nodes.get(origin);
    ParsedSoa parsed = soa;
    if (parsed.apex() != apex) {
      parsed = apex == null ? ParsedSoa.NONE : ParsedSoa.of(apex);
      soa = parsed;
    }
    return parsed.soa();
  }

  /** The serial of the SOA, without parsing the rest of it where it is written in the usual way. */
  Optional<Long> serial() {
    Node apex = nodes.get(origin);
    if (apex == null || !apex.has("SOA")) {
      return Optional.empty();
    }
    StringTokenizer fields = new StringTokenizer(apex.content("SOA"));
    for (int field = 0; field < 2 && fields.hasMoreTokens(); field++) {
      fields.nextToken();
    }
    String serial = fields.hasMoreTokens() ? fields.nextToken() : "";
    return isSerial(serial) ? Optional.of(Long.valueOf(serial)) : soa().map(SOARecord::getSerial);
  }

  private static boolean isSerial(String text) {
    return !text.isEmpty()
        && text.length() <= 10
        && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
  }

  boolean hasSoa() {
    Node apex = nodes.get(origin);
    return apex != null && apex.has("SOA");
  }

  /** Of NSEC and NSEC3 records (RFC 9077). */
  Optional<Long> denialTtl() {
    return soa().map(soa -> Math.min(soa.getTTL(), soa.getMinimum()));
  }

  boolean isCut(Name owner) {
    return isCut(owner, nodes.get(owner));
  }

  /**
   * @param node what is stored there; null when nothing is
   */
  boolean isCut(Name owner, Node node) {
    return node != null && !owner.equals(origin) && node.has("NS");
  }

  boolean isInsecureCut(Name owner) {
    return isCut(owner) && !nodes.get(owner).has("DS");
  }

  /** Whether the name decides what is at the names below it. */
  boolean rulesBelow(Name owner) {
    return isCut(owner) || (dnameHides && dnames.contains(owner));
  }

  boolean isBelowCut(Name owner) {
    for (int strip = 1; owner.labels() - strip > origin.labels(); strip++) {
      if (isCut(new Name(owner, strip))) {
        return true;
      }
    }
    return false;
  }

  /** Whether the name is below a DNAME and so not there, whatever is stored. */
  boolean isHidden(Name owner) {
    if (!dnameHides || dnames.isEmpty()) {
      return false;
    }
    for (int strip = 1; owner.labels() - strip >= origin.labels(); strip++) {
      if (dnames.contains(new Name(owner, strip))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the record is one that a delegation above hides.
   *
   * @param below whether its name is below a delegation
   */
  boolean isHidden(RecordRow row, boolean below) {
    return below && cutHides && row.type().equals("NS");
  }

  boolean isEmptyNonTerminal(Name owner) {
    Name next = nodes.higherKey(owner);
    return next != null && next.subdomain(owner) && owner.subdomain(origin) && !isHidden(owner);
  }

  /** Whether there is something at the name that a denial chain has to say. */
  boolean isAuthoritative(Name owner) {
    return isAuthoritative(owner, nodes.get(owner));
  }

  /**
   * @param node what is stored there; null when nothing is
   */
  boolean isAuthoritative(Name owner, Node node) {
    return node != null && !node.isSignaturesOnly() && !isBelowCut(owner) && !isHidden(owner);
  }

  /** The last authoritative name before {@code name}, with wrap-around; null in an empty zone. */
  Name before(Name name) {
    Name before = lower(nodes.lowerEntry(name));
    return before != null || nodes.isEmpty() ? before : lower(nodes.lastEntry());
  }

  private Name lower(Map.Entry<Name, Node> from) {
    Map.Entry<Name, Node> entry = from;
    while (entry != null && !isAuthoritative(entry.getKey(), entry.getValue())) {
      entry = nodes.lowerEntry(entry.getKey());
    }
    return entry == null ? null : entry.getKey();
  }

  /** The first authoritative name after {@code name}, with wrap-around. */
  Name after(Name name) {
    Map.Entry<Name, Node> after = nodes.higherEntry(name);
    while (after != null && !isAuthoritative(after.getKey(), after.getValue())) {
      after = nodes.higherEntry(after.getKey());
    }
    return after == null ? origin : after.getKey();
  }
}
