package org.keyward.zone;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.Nsec3Parameters;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.zone.Nsec3Links.Link;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The NSEC3 chain (RFC 5155, section 7.1): the hashes of the authoritative names and of the empty
 * non-terminals above them; with opt-out without insecure delegations. The empty non-terminals
 * above those stay, for PowerDNS takes every one for a closest encloser that has a record in the
 * chain.
 */
final class Nsec3Chain implements DenialChain {
  /** A name has 255 bytes on the wire, of which a hash in front of the zone's name takes 33. */
  private static final int MAX_ORIGIN = 222;

  private final ZoneTree tree;
  private final Nsec3Parameters parameters;
  private final boolean signedElsewhere;
  private final Nsec3Links links;

  /** Over the NSEC3PARAM record; not at the apex's node, which other parameters may come to. */
  private final Kept parameterSignatures;

  /**
   * @param signedElsewhere the chain is what has signatures in the zone's rows, for another signer
   *     may choose which insecure delegations to leave out
   */
  Nsec3Chain(ZoneTree tree, Nsec3Parameters parameters, boolean signedElsewhere) {
    this(
        tree,
        parameters,
        signedElsewhere,
        Nsec3Links.of(tree, parameters, parameters.optOut() && !signedElsewhere),
        new Kept() {});
  }

  private Nsec3Chain(
      ZoneTree tree,
      Nsec3Parameters parameters,
      boolean signedElsewhere,
      Nsec3Links links,
      Kept parameterSignatures) {
    this.tree = tree;
    this.parameters = parameters;
    this.signedElsewhere = signedElsewhere;
    this.links = links;
    this.parameterSignatures = parameterSignatures;
  }

  /** The chain over a tree in which nothing changed that the chain speaks of. */
  Nsec3Chain over(ZoneTree same) {
    return new Nsec3Chain(same, parameters, signedElsewhere, links, parameterSignatures);
  }

  Nsec3Chain after(TreeChange change) {
    boolean sameApex = !change.touched().contains(tree.origin());
    return new Nsec3Chain(
        change.after(),
        parameters,
        signedElsewhere,
        links.after(change),
        sameApex ? parameterSignatures : new Kept() {});
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
    PersistentMap<String, Link> byHash = links.byHash();
    // Not a delegation, of which PowerDNS asks on when a wildcard below it was asked for.
    Link before =
        encloser
            .filter(name -> tree.node(name) == null)
            .map(name -> byHash.get(hash))
            .filter(link -> link.owner.equals(encloser.get()))
            .orElseGet(() -> existing(byHash.floor(hash), false));
    if (before == null) {
      before = existing(byHash.last(), false);
    }
    Link after = existing(byHash.higher(hash), true);
    if (after == null) {
      after = existing(byHash.first(), true);
    }
    return before == null || after == null
        ? Optional.empty()
        : Optional.of(new Zone.HashedNeighbours(before.hash, after.hash, before.owner));
  }

  /** The first link from there on that is in the chain. */
  private Link existing(Map.Entry<String, Link> from, boolean upwards) {
    Map.Entry<String, Link> entry = from;
    while (signedElsewhere && entry != null && tree.node(ownerOf(entry.getKey())) == null) {
      entry =
          upwards ? links.byHash().higher(entry.getKey()) : links.byHash().lower(entry.getKey());
    }
    return entry == null ? null : entry.getValue();
  }

  /** As {@link Denial#mayEnclose}. */
  boolean mayEnclose(Name emptyNonTerminal) {
    if (!signedElsewhere || !parameters.optOut()) {
      return true;
    }
    Link link = links.of(emptyNonTerminal);
    return link != null && tree.node(ownerOf(link.hash)) != null;
  }

  /** Those of the chain; none where the signatures are rows, which say it themselves. */
  List<Name> emptyNonTerminals() {
    List<Name> found = new ArrayList<>();
    if (!signedElsewhere) {
      links.byHash().entries().forEach(entry -> found.add(entry.getValue().owner));
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
    Map.Entry<String, Link> next = links.byHash().higher(link.hash);
    return parameters.record(
        owner,
        tree.denialTtl().orElseThrow(),
        (next == null ? links.byHash().first() : next).getKey(),
        NsecChain.array(types));
  }

  @Override
  public Optional<Kept> at(Name owner) {
    return Optional.ofNullable(link(owner));
  }

  private Link link(Name owner) {
    return owner.labels() == tree.origin().labels() + 1 && owner.subdomain(tree.origin())
        ? links.byHash().get(owner.getLabelString(0).toLowerCase(Locale.ROOT))
        : null;
  }

  @Override
  public List<Name> owners() {
    List<Name> owners = new ArrayList<>();
    links.byHash().entries().forEach(entry -> owners.add(ownerOf(entry.getKey())));
    return owners;
  }

  private Name ownerOf(String hash) {
    try {
      return Name.concatenate(Name.fromString(hash), tree.origin());
    } catch (TextParseException | NameTooLongException e) {
      throw new IllegalStateException(hash + " fits in front of " + NameText.of(tree.origin()), e);
    }
  }

  @Override
  public boolean covers(AnswerRow signature) {
    return signature.content().startsWith("NSEC3 ")
        || signature.content().startsWith("NSEC3PARAM ");
  }
}
