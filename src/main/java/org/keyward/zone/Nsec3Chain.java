package org.keyward.zone;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
  private final NavigableMap<String, Link> links = new TreeMap<>();
  private final Map<Name, Link> byName = new HashMap<>();
  private final Set<Name> optedOut = new HashSet<>();

  /** Over the NSEC3PARAM record; not at the apex's node, which other parameters may come to. */
  private final Kept parameterSignatures = new Kept() {};

  /** One name of the chain, and the signatures over its NSEC3 record. */
  private static final class Link extends Kept {
    final Name owner;
    final String hash;
    boolean member;
    int namesBelow;

    Link(Name owner, String hash) {
      this.owner = owner;
      this.hash = hash;
    }
  }

  /**
   * @param signedElsewhere the chain is what has signatures in the zone's rows, for another signer
   *     may choose which insecure delegations to leave out
   */
  Nsec3Chain(ZoneTree tree, Nsec3Parameters parameters, boolean signedElsewhere) {
    this.tree = tree;
    this.parameters = parameters;
    this.signedElsewhere = signedElsewhere;
    tree.names().forEach(this::changed);
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
            .map(byName::get)
            .filter(link -> link.hash.equals(hash))
            .orElseGet(() -> existing(links.floorEntry(hash), false));
    if (before == null) {
      before = existing(links.lastEntry(), false);
    }
    Link after = existing(links.higherEntry(hash), true);
    if (after == null) {
      after = existing(links.firstEntry(), true);
    }
    return before == null || after == null
        ? Optional.empty()
        : Optional.of(new Zone.HashedNeighbours(before.hash, after.hash, before.owner));
  }

  /** The first link from there on that is in the chain. */
  private Link existing(Map.Entry<String, Link> from, boolean upwards) {
    Map.Entry<String, Link> entry = from;
    while (signedElsewhere && entry != null && tree.node(ownerOf(entry.getKey())) == null) {
      entry = upwards ? links.higherEntry(entry.getKey()) : links.lowerEntry(entry.getKey());
    }
    return entry == null ? null : entry.getValue();
  }

  /** As {@link Denial#mayEnclose}. */
  boolean mayEnclose(Name emptyNonTerminal) {
    if (!signedElsewhere || !parameters.optOut()) {
      return true;
    }
    Link link = byName.get(emptyNonTerminal);
    return link != null && tree.node(ownerOf(link.hash)) != null;
  }

  /** Those of the chain; none where the signatures are rows, which say it themselves. */
  List<Name> emptyNonTerminals() {
    return signedElsewhere
        ? List.of()
        : byName.keySet().stream().filter(name -> tree.node(name) == null).toList();
  }

  @Override
  public void changed(Name owner) {
    Link link = byName.get(owner);
    boolean there = tree.isAuthoritative(owner);
    boolean out = there && parameters.optOut() && !signedElsewhere && tree.isInsecureCut(owner);
    boolean member = there && !out;
    if (member != (link != null && link.member)) {
      count(owner, owner, member);
    }
    if (out ? optedOut.add(owner) : optedOut.remove(owner)) {
      count(new Name(owner, 1), owner, out);
    }
    link = byName.get(owner);
    if (link != null) {
      link.dropAll();
    }
    if (owner.equals(tree.origin())) {
      parameterSignatures.dropAll();
    }
  }

  /**
   * Adds or removes what {@code owner} has in the chain: itself, if it is a member, and the empty
   * non-terminals above that exist for it alone.
   *
   * @param from the lowest of them
   */
  private void count(Name from, Name owner, boolean comes) {
    for (Name name = from; ; name = new Name(name, 1)) {
      Link link = byName.computeIfAbsent(RrsetSigner.lowerCase(name), this::insert);
      if (name.equals(owner)) {
        link.member = comes;
      }
      link.namesBelow += comes ? 1 : -1;
      if (link.namesBelow == 0) {
        remove(link);
      }
      if (name.equals(tree.origin())) {
        return;
      }
    }
  }

  private Link insert(Name owner) {
    Link link = new Link(owner, parameters.hash(owner));
    dropBefore(link.hash);
    links.put(link.hash, link);
    return link;
  }

  private void remove(Link link) {
    byName.remove(link.owner);
    links.remove(link.hash);
    dropBefore(link.hash);
  }

  private void dropBefore(String hash) {
    Map.Entry<String, Link> before = links.lowerEntry(hash);
    before = before == null ? links.lastEntry() : before;
    if (before != null) {
      before.getValue().dropAll();
    }
  }

  @Override
  public void ttlChanged() {
    links.values().forEach(Kept::dropAll);
    parameterSignatures.dropAll();
  }

  @Override
  public List<AnswerRow> signatures(Name owner, ZoneSigner signer, ValidityWindow window) {
    if (!tree.hasSoa()) {
      return List.of();
    }
    if (owner.equals(tree.origin())) {
      return parameterSignatures
          .signatures(window)
          .computeIfAbsent(
              Type.NSEC3PARAM,
              type ->
                  signer.sign(
                      owner,
                      List.of(parameters.record(owner, tree.soa().get().getMinimum())),
                      window));
    }
    return link(owner)
        .map(
            link ->
                link.signatures(window)
                    .computeIfAbsent(
                        Type.NSEC3,
                        type -> signer.sign(owner, List.of(record(owner, link)), window)))
        .orElse(List.of());
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
    String next = links.higherKey(link.hash);
    return parameters.record(
        owner,
        tree.denialTtl().orElseThrow(),
        next == null ? links.firstKey() : next,
        NsecChain.array(types));
  }

  @Override
  public Optional<Kept> at(Name owner) {
    return link(owner).map(link -> link);
  }

  private Optional<Link> link(Name owner) {
    return owner.labels() == tree.origin().labels() + 1 && owner.subdomain(tree.origin())
        ? Optional.ofNullable(links.get(owner.getLabelString(0).toLowerCase(Locale.ROOT)))
        : Optional.empty();
  }

  @Override
  public List<Name> owners() {
    return links.keySet().stream().map(this::ownerOf).toList();
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
