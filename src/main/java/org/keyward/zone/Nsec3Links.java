package org.keyward.zone;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.keyward.dnssec.Nsec3Parameters;
import org.keyward.dnssec.RrsetSigner;
import org.xbill.DNS.Name;

/**
 * The links of an {@link Nsec3Chain} by their hashes. Each counts the names at and below it, so
 * that a change costs what it touches. They never change: a change gives others.
 */
final class Nsec3Links {
  private final Name origin;
  private final Nsec3Parameters parameters;
  private final boolean optOut;
  private final PersistentMap<String, Link> byHash;

  /** One name of the chain, and the signatures over its NSEC3 record. */
  static final class Link extends Kept {
    private static final int NO_TYPE = 0;

    final Name owner;
    final String hash;

    /** Members of the chain at and below it. */
    private final int names;

    private Link(Name owner, String hash, int names) {
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

    private Link counting(int others) {
      return new Link(this, names + others);
    }

    private Link renewed() {
      return new Link(owner, hash, names);
    }
  }

  private Nsec3Links(
      Name origin, Nsec3Parameters parameters, boolean optOut, PersistentMap<String, Link> byHash) {
    this.origin = origin;
    this.parameters = parameters;
    this.optOut = optOut;
    this.byHash = byHash;
  }

  /**
   * @param optOut whether insecure delegations are left out
   */
  static Nsec3Links of(ZoneTree tree, Nsec3Parameters parameters, boolean optOut) {
    Map<Name, Integer> counts = new HashMap<>();
    for (Name name : tree.names()) {
      Membership.of(tree, name, optOut)
          .lowest(name)
          .ifPresent(
              lowest ->
                  upwards(lowest, tree.origin(), owner -> counts.merge(owner, 1, Integer::sum)));
    }
    List<Link> found = new ArrayList<>(counts.size());
    counts.forEach((owner, names) -> found.add(new Link(owner, parameters.hash(owner), names)));
    found.sort(Comparator.comparing(link -> link.hash));
    return new Nsec3Links(
        tree.origin(),
        parameters,
        optOut,
        PersistentMap.ofSorted(found.stream().map(link -> link.hash).toList(), found));
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

  /** The links by hash, ascending. */
  PersistentMap<String, Link> byHash() {
    return byHash;
  }

  /** Null when it is not in the chain. */
  Link of(Name owner) {
    return byHash.get(parameters.hash(RrsetSigner.lowerCase(owner)));
  }

  Nsec3Links after(TreeChange change) {
    Nsec3Links changed = this;
    for (Name name : change.touched()) {
      Membership before = Membership.of(change.before(), name, optOut);
      Membership after = Membership.of(change.after(), name, optOut);
      if (before != after) {
        changed = changed.counted(after.lowest(name), 1).counted(before.lowest(name), -1);
      }
      changed = changed.renewed(changed.of(name));
    }
    return change.isOfTtl()
        ? changed.with(changed.byHash.mapped((hash, link) -> link.renewed()))
        : changed;
  }

  private Nsec3Links with(PersistentMap<String, Link> links) {
    return new Nsec3Links(origin, parameters, optOut, links);
  }

  private Nsec3Links counted(Optional<Name> lowest, int names) {
    List<Name> owners = new ArrayList<>();
    lowest.ifPresent(name -> upwards(name, origin, owners::add));
    Nsec3Links changed = this;
    for (Name owner : owners) {
      changed = changed.counted(owner, parameters.hash(owner), names);
    }
    return changed;
  }

  private Nsec3Links counted(Name owner, String hash, int names) {
    Link link = byHash.get(hash);
    if (link == null) {
      Nsec3Links before = renewed(before(hash));
      return with(before.byHash.with(hash, new Link(owner, hash, names)));
    }
    if (link.names + names > 0) {
      return with(byHash.with(hash, link.counting(names)));
    }
    Nsec3Links left = with(byHash.without(hash));
    return left.renewed(left.before(hash));
  }

  private Link before(String hash) {
    Map.Entry<String, Link> before = byHash.lower(hash);
    before = before == null ? byHash.last() : before;
    return before == null ? null : before.getValue();
  }

  /**
   * @param link whose record becomes another; may be null, for none
   */
  private Nsec3Links renewed(Link link) {
    return link == null ? this : with(byHash.with(link.hash, link.renewed()));
  }
}
