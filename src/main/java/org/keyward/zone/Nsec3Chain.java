package org.keyward.zone;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.keyward.dnssec.Nsec3Parameters;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The NSEC3 chain (RFC 5155, section 7.1): the hashes of the authoritative names and of the empty
 * non-terminals above them; with opt-out without insecure delegations. The empty non-terminals
 * above those stay, for PowerDNS takes every one for a closest encloser that has a record in the
 * chain. Each link counts the names at and below it, so that a change costs what it touches.
 */
final class Nsec3Chain implements DenialChain {
  /** A name has 255 bytes on the wire, of which a hash in front of the zone's name takes 33. */
  private static final int MAX_ORIGIN = 222;

  private final ZoneTree tree;
  private final Nsec3Parameters parameters;
  private final boolean signedElsewhere;
  private final PersistentMap<String, Link> links;

  /** Over the NSEC3PARAM record; not at the apex's node, which other parameters may come to. */
  private final Kept parameterSignatures;

  /** One name of the chain, and the signatures over its NSEC3 record. */
  private static final class Link extends Kept {
    final Name owner;
    final String hash;

    private static final int NO_TYPE = 0;

    /** Members of the chain at and below it. */
    final int names;

    Link(Name owner, String hash, int names) {
      this.owner = owner;
      this.hash = hash;
      this.names = names;
    }

    private Link(Link before, int names) {
      super(before, NO_TYPE);
      this.owner = before.owner;
      this.hash = before.hash;
      this.names = names;
    }

    Link counting(int others) {
      return new Link(this, names + others);
    }

    Link renewed() {
      return new Link(owner, hash, names);
    }
  }

  /**
   * @param signedElsewhere the chain is what has signatures in the zone's rows, for another signer
   *     may choose which insecure delegations to leave out
   */
  Nsec3Chain(ZoneTree tree, Nsec3Parameters parameters, boolean signedElsewhere) {
    this(
        tree, parameters, signedElsewhere, links(tree, parameters, signedElsewhere), new Kept() {});
  }

  private Nsec3Chain(
      ZoneTree tree,
      Nsec3Parameters parameters,
      boolean signedElsewhere,
      PersistentMap<String, Link> links,
      Kept parameterSignatures) {
    this.tree = tree;
    this.parameters = parameters;
    this.signedElsewhere = signedElsewhere;
    this.links = links;
    this.parameterSignatures = parameterSignatures;
  }

  private static PersistentMap<String, Link> links(
      ZoneTree tree, Nsec3Parameters parameters, boolean signedElsewhere) {
    Map<Name, Integer> counts = new HashMap<>();
    for (Name name : tree.names()) {
      Membership membership = Membership.of(tree, name, parameters.optOut() && !signedElsewhere);
      membership
          .lowest(name)
          .ifPresent(
              lowest ->
                  upwards(lowest, tree.origin(), owner -> counts.merge(owner, 1, Integer::sum)));
    }
    List<Link> found = new ArrayList<>(counts.size());
    counts.forEach((owner, names) -> found.add(new Link(owner, parameters.hash(owner), names)));
    found.sort(Comparator.comparing(link -> link.hash));
    return PersistentMap.ofSorted(found.stream().map(link -> link.hash).toList(), found);
  }

  /** From a name to the apex, in lower case. */
  private static void upwards(Name lowest, Name origin, Consumer<Name> each) {
    for (Name name = lowest; ; name = new Name(name, 1)) {
      each.accept(RrsetSigner.lowerCase(name));
      if (name.equals(origin)) {
        return;
      }
    }
  }

  /** What a name has in the chain. */
  private enum Membership {
    /** Nothing. */
    NONE,
    /** An opted-out delegation: the empty non-terminals above it. */
    ABOVE,
    /** Its own record, and the empty non-terminals above it. */
    MEMBER;

    static Membership of(ZoneTree tree, Name name, boolean optOut) {
      if (!tree.isAuthoritative(name)) {
        return NONE;
      }
      return optOut && tree.isInsecureCut(name) ? ABOVE : MEMBER;
    }

    /** The lowest name that is in the chain for its sake. */
    Optional<Name> lowest(Name name) {
      return switch (this) {
        case NONE -> Optional.empty();
        case ABOVE -> Optional.of(new Name(name, 1));
        case MEMBER -> Optional.of(name);
      };
    }
  }

  /** The chain over a tree in which nothing changed that the chain speaks of. */
  Nsec3Chain over(ZoneTree same) {
    return new Nsec3Chain(same, parameters, signedElsewhere, links, parameterSignatures);
  }

  Nsec3Chain after(TreeChange change) {
    PersistentMap<String, Link> changed = links;
    boolean optOut = parameters.optOut() && !signedElsewhere;
    for (Name name : change.touched()) {
      Membership before = Membership.of(change.before(), name, optOut);
      Membership after = Membership.of(change.after(), name, optOut);
      if (before != after) {
        changed = counted(changed, after.lowest(name), 1);
        changed = counted(changed, before.lowest(name), -1);
      }
      changed = renewed(changed, changed.get(parameters.hash(RrsetSigner.lowerCase(name))));
    }
    if (change.isOfTtl()) {
      changed = changed.mapped((hash, link) -> link.renewed());
    }
    boolean sameApex = !change.touched().contains(tree.origin());
    return new Nsec3Chain(
        change.after(),
        parameters,
        signedElsewhere,
        changed,
        sameApex ? parameterSignatures : new Kept() {});
  }

  private PersistentMap<String, Link> counted(
      PersistentMap<String, Link> before, Optional<Name> lowest, int names) {
    PersistentMap<String, Link> changed = before;
    for (Name owner : lowest.map(this::upwards).orElse(List.of())) {
      changed = counted(changed, owner, parameters.hash(owner), names);
    }
    return changed;
  }

  private List<Name> upwards(Name lowest) {
    List<Name> owners = new ArrayList<>();
    upwards(lowest, tree.origin(), owners::add);
    return owners;
  }

  private static PersistentMap<String, Link> counted(
      PersistentMap<String, Link> links, Name owner, String hash, int names) {
    Link link = links.get(hash);
    if (link == null) {
      return renewed(links, before(links, hash)).with(hash, new Link(owner, hash, names));
    }
    if (link.names + names > 0) {
      return links.with(hash, link.counting(names));
    }
    PersistentMap<String, Link> left = links.without(hash);
    return renewed(left, before(left, hash));
  }

  private static Link before(PersistentMap<String, Link> links, String hash) {
    Map.Entry<String, Link> before = links.lower(hash);
    before = before == null ? links.last() : before;
    return before == null ? null : before.getValue();
  }

  /**
   * @param link whose record becomes another; may be null, for none
   */
  private static PersistentMap<String, Link> renewed(PersistentMap<String, Link> links, Link link) {
    return link == null ? links : links.with(link.hash, link.renewed());
  }

  Nsec3Parameters parameters() {
    return parameters;
  }

  /** Whether the zone's name leaves room for a hash in front of it. */
  static boolean fits(Name origin) {
    return origin.length() <= MAX_ORIGIN;
  }

  /** As {@link Zone#nsec3Neighbours}. */
  Optional<Zone.HashedNeighbours> around(String hash, Optional<Name> encloser) {
    if (!tree.hasSoa()) {
      return Optional.empty();
    }
    // Not a delegation, of which PowerDNS asks on when a wildcard below it was asked for.
    Link before =
        encloser
            .filter(name -> tree.node(name) == null)
            .map(name -> links.get(hash))
            .filter(link -> link.owner.equals(encloser.get()))
            .orElseGet(() -> existing(links.floor(hash), false));
    if (before == null) {
      before = existing(links.last(), false);
    }
    Link after = existing(links.higher(hash), true);
    if (after == null) {
      after = existing(links.first(), true);
    }
    return before == null || after == null
        ? Optional.empty()
        : Optional.of(new Zone.HashedNeighbours(before.hash, after.hash, before.owner));
  }

  /** The first link from there on that is in the chain. */
  private Link existing(Map.Entry<String, Link> from, boolean upwards) {
    Map.Entry<String, Link> entry = from;
    while (signedElsewhere && entry != null && tree.node(ownerOf(entry.getKey())) == null) {
      entry = upwards ? links.higher(entry.getKey()) : links.lower(entry.getKey());
    }
    return entry == null ? null : entry.getValue();
  }

  /** As {@link Denial#mayEnclose}. */
  boolean mayEnclose(Name emptyNonTerminal) {
    if (!signedElsewhere || !parameters.optOut()) {
      return true;
    }
    Link link = links.get(parameters.hash(RrsetSigner.lowerCase(emptyNonTerminal)));
    return link != null && tree.node(ownerOf(link.hash)) != null;
  }

  /** Those of the chain; none where the signatures are rows, which say it themselves. */
  List<Name> emptyNonTerminals() {
    List<Name> found = new ArrayList<>();
    if (!signedElsewhere) {
      links.entries().forEach(entry -> found.add(entry.getValue().owner));
      found.removeIf(name -> tree.node(name) != null);
    }
    return found;
  }

  @Override
  public List<AnswerRow> signatures(Name owner, ZoneSigner signer, ValidityWindow window) {
    if (!tree.hasSoa()) {
      return List.of();
    }
    if (owner.equals(tree.origin())) {
      return signatures(
          parameterSignatures,
          Type.NSEC3PARAM,
          window,
          () ->
              signer.sign(
                  owner, List.of(parameters.record(owner, tree.soa().get().getMinimum())), window));
    }
    Link link = link(owner);
    return link == null
        ? List.of()
        : signatures(
            link,
            Type.NSEC3,
            window,
            () -> signer.sign(owner, List.of(record(owner, link)), window));
  }

  /** Two versions of the zone may make it at once. */
  private static List<AnswerRow> signatures(
      Kept kept, int type, ValidityWindow window, Supplier<List<AnswerRow>> made) {
    synchronized (kept) {
      return kept.signatures(window).computeIfAbsent(type, missing -> made.get());
    }
  }

  /** The NSEC3 record exactly as PowerDNS makes it. */
  private NSEC3Record record(Name owner, Link link) {
    Set<Integer> types = NsecChain.typesAt(tree, link.owner, tree.node(link.owner));
    if (link.owner.equals(tree.origin())) {
      types.add(Type.NSEC3PARAM);
    }
    if (!types.isEmpty() && !types.equals(Set.of(Type.NS))) {
      types.add(Type.RRSIG);
    }
    Map.Entry<String, Link> next = links.higher(link.hash);
    return parameters.record(
        owner,
        tree.denialTtl().orElseThrow(),
        (next == null ? links.first() : next).getKey(),
        NsecChain.array(types));
  }

  @Override
  public Optional<Kept> at(Name owner) {
    return Optional.ofNullable(link(owner));
  }

  private Link link(Name owner) {
    return owner.labels() == tree.origin().labels() + 1 && owner.subdomain(tree.origin())
        ? links.get(owner.getLabelString(0).toLowerCase(Locale.ROOT))
        : null;
  }

  @Override
  public List<Name> owners() {
    List<Name> owners = new ArrayList<>();
    links.entries().forEach(entry -> owners.add(ownerOf(entry.getKey())));
    return owners;
  }

  private Name ownerOf(String hash) {
    try {
      return Name.concatenate(Name.fromString(hash), tree.origin());
    } catch (TextParseException | NameTooLongException e) {
      throw new IllegalStateException(hash + " fits in front of " + tree.origin(), e);
    }
  }

  @Override
  public boolean covers(AnswerRow signature) {
    return signature.content().startsWith("NSEC3 ")
        || signature.content().startsWith("NSEC3PARAM ");
  }
}
