package org.keyward.zone;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.xbill.DNS.Name;
import org.xbill.DNS.SOARecord;

/**
 * The names of a zone in canonical order (RFC 4034, section 6.1), and what follows from them alone:
 * authority, zone cuts, empty non-terminals, what a DNAME hides. It never changes: a change gives
 * another tree.
 */
final class ZoneTree {
  private static final String DNAME = "DNAME";

  private final Name origin;
  private final boolean dnameHides;
  private final boolean cutHides;
  private final PersistentMap<Name, Node> nodes;
  private final PersistentMap<Name, Node> dnames;
  private final long weight;
  private final ApexSoa soa;

  /**
   * @param owners the names with records, ascending
   * @param nodes what is at each of them
   * @param dnameHides whether names below a DNAME are not there (RFC 6672, section 2.4), as every
   *     validator and verifier takes it; PowerDNS by itself serves them
   * @param cutHides whether there are no delegations below a delegation; PowerDNS by itself refers
   *     to the lower one, and has it in the denial chain of a transfer
   */
  ZoneTree(Name origin, List<Name> owners, List<Node> nodes, boolean dnameHides, boolean cutHides) {
    this.origin = origin;
    this.dnameHides = dnameHides;
    this.cutHides = cutHides;
    this.nodes = PersistentMap.ofSorted(owners, nodes);
    PersistentMap<Name, Node> found = PersistentMap.empty();
    long bytes = 0;
    for (int i = 0; i < owners.size(); i++) {
      Node node = nodes.get(i);
      bytes += node.weight();
      found = node.has(DNAME) ? found.with(owners.get(i), node) : found;
    }
    this.dnames = found;
    this.weight = bytes;
    this.soa = new ApexSoa(this.nodes.get(origin));
  }

  private ZoneTree(
      ZoneTree before,
      PersistentMap<Name, Node> nodes,
      PersistentMap<Name, Node> dnames,
      long weight) {
    this.origin = before.origin;
    this.dnameHides = before.dnameHides;
    this.cutHides = before.cutHides;
    this.nodes = nodes;
    this.dnames = dnames;
    this.weight = weight;
    Node apex = nodes.get(origin);
    this.soa = apex == before.soa.apex() ? before.soa : new ApexSoa(apex);
  }

  /** The tree with this at a name, or with nothing there. */
  ZoneTree with(Name owner, Optional<Node> node) {
    Node before = nodes.get(owner);
    boolean dname = node.isPresent() && node.get().has(DNAME);
    return new ZoneTree(
        this,
        node.isPresent() ? nodes.with(owner, node.get()) : nodes.without(owner),
        dname ? dnames.with(owner, node.get()) : dnames.without(owner),
        weight + node.map(Node::weight).orElse(0) - (before == null ? 0 : before.weight()));
  }

  /** The tree with the same at a name, of which other things are to be made; null changes none. */
  private ZoneTree with(Name owner, UnaryOperator<Node> change) {
    Node node = owner == null ? null : nodes.get(owner);
    return node == null
        ? this
        : new ZoneTree(this, nodes.with(owner, change.apply(node)), dnames, weight);
  }

  /** The tree without what was made of this name. */
  ZoneTree renewed(Name owner) {
    return with(owner, Node::renewed);
  }

  /** The tree without what was made of any name. */
  ZoneTree allRenewed() {
    return new ZoneTree(this, nodes.mapped((owner, node) -> node.renewed()), dnames, weight);
  }

  /**
   * The tree without the answer at the name, and the signature over its NSEC record.
   *
   * @param owner may be null, for none
   */
  ZoneTree withOtherNext(Name owner) {
    return with(owner, Node::withOtherNext);
  }

  /** The tree without the answer at the apex, of the same signatures. */
  ZoneTree withOtherKeySets() {
    return with(origin, Node::withOtherKeySets);
  }

  Name origin() {
    return origin;
  }

  /** What is stored at the name, hidden or not; null when nothing is. */
  Node node(Name owner) {
    return nodes.get(owner);
  }

  /** All names with records, hidden ones left out. */
  List<Name> names() {
    List<Name> names = new ArrayList<>();
    for (Map.Entry<Name, Node> entry : nodes.entries()) {
      if (!isHidden(entry.getKey())) {
        names.add(entry.getKey());
      }
    }
    return names;
  }

  /** What is stored after a name in canonical order, hidden or not; all of it when empty. */
  Iterable<Map.Entry<Name, Node>> from(Optional<Name> after) {
    return after.map(nodes::entriesAfter).orElseGet(nodes::entries);
  }

  /** The bytes of its nodes, about. */
  long weight() {
    return weight;
  }

  /** The names with records below {@code owner}. */
  Map<Name, Node> below(Name owner) {
    Map<Name, Node> below = new LinkedHashMap<>();
    for (Map.Entry<Name, Node> entry : nodes.entriesAfter(owner)) {
      if (!entry.getKey().subdomain(owner)) {
        break;
      }
      below.put(entry.getKey(), entry.getValue());
    }
    return below;
  }

  /** The owners of DNAME records. */
  List<Name> dnames() {
    List<Name> owners = new ArrayList<>(0);
    dnames.entries().forEach(entry -> owners.add(entry.getKey()));
    return owners;
  }

  Optional<SOARecord> soa() {
    return soa.get();
  }

  /** As {@link ApexSoa#serial}. */
  Optional<Long> serial() {
    return soa.serial();
  }

  boolean hasSoa() {
    return soa.isThere();
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
    return isCut(owner) || (dnameHides && dnames.has(owner));
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
      if (dnames.has(new Name(owner, strip))) {
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
    Map.Entry<Name, Node> next = nodes.higher(owner);
    return next != null
        && next.getKey().subdomain(owner)
        && owner.subdomain(origin)
        && !isHidden(owner);
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
    Name before = lower(nodes.lower(name));
    return before != null || nodes.isEmpty() ? before : lower(nodes.last());
  }

  private Name lower(Map.Entry<Name, Node> from) {
    Map.Entry<Name, Node> entry = from;
    while (entry != null && !isAuthoritative(entry.getKey(), entry.getValue())) {
      entry = nodes.lower(entry.getKey());
    }
    return entry == null ? null : entry.getKey();
  }

  /** The first authoritative name after {@code name}, with wrap-around. */
  Name after(Name name) {
    Map.Entry<Name, Node> after = nodes.higher(name);
    while (after != null && !isAuthoritative(after.getKey(), after.getValue())) {
      after = nodes.higher(after.getKey());
    }
    return after == null ? origin : after.getKey();
  }
}
