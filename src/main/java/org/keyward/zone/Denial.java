package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.keyward.dnssec.Nsec3Parameters;
import org.xbill.DNS.Name;

/**
 * The denial chains over one tree of names: the one that PowerDNS is told of, and while that
 * changes the one before. It never changes: a change of the tree gives another one.
 */
final class Denial {
  private final ZoneTree tree;
  private final DenialMetadata metadata;
  private final Clock clock;
  private final Map<Nsec3Parameters, Nsec3Chain> hashed;

  /**
   * @param tree with all names in it
   * @param elsewhere signed ahead by others
   */
  Denial(ZoneTree tree, DenialMetadata metadata, boolean elsewhere, Clock clock) {
    this.tree = tree;
    this.metadata = metadata;
    this.clock = clock;
    Map<Nsec3Parameters, Nsec3Chain> chains = new HashMap<>(2);
    for (Nsec3Parameters parameters : metadata.hashed(clock.instant())) {
      chains.put(parameters, new Nsec3Chain(tree, parameters, elsewhere));
    }
    this.hashed = Map.copyOf(chains);
  }

  private Denial(Denial before, ZoneTree tree, UnaryOperator<Nsec3Chain> change) {
    this.tree = tree;
    this.metadata = before.metadata;
    this.clock = before.clock;
    Map<Nsec3Parameters, Nsec3Chain> chains = new HashMap<>(before.hashed);
    chains.replaceAll((parameters, chain) -> change.apply(chain));
    this.hashed = Map.copyOf(chains);
  }

  Denial after(TreeChange change) {
    return new Denial(this, change.after(), chain -> chain.after(change));
  }

  /** The chains over a tree in which nothing changed that they speak of. */
  Denial over(ZoneTree same) {
    return new Denial(this, same, chain -> chain.over(same));
  }

  /** Whether there are answers at names that are hashes. */
  boolean hasHashes() {
    return !hashed.isEmpty();
  }

  List<RecordProblem> problems() {
    return metadata.problems();
  }

  /** The metadata as PowerDNS is to see them now. */
  Map<String, List<String>> metadata() {
    return metadata.shown(clock.instant());
  }

  /** Around {@code now}, for how long the same chains are shown. */
  Interval lasting(Instant now) {
    return metadata.at(now).lasting();
  }

  /** Of these, the first one is what PowerDNS is told. */
  List<DenialChain> chains(Instant now) {
    List<DenialChain> chains = new ArrayList<>();
    for (Optional<Nsec3Parameters> chain : metadata.at(now).served()) {
      chains.add(chain.<DenialChain>map(hashed::get).orElseGet(this::nsec));
    }
    return chains;
  }

  private NsecChain nsec() {
    return new NsecChain(tree);
  }

  /**
   * Whether there is a record in the chain in use that proves the empty non-terminal to be the
   * closest encloser of what is below it; if not, PowerDNS is to go on to the name above.
   */
  boolean mayEnclose(Name emptyNonTerminal) {
    return !(current(clock.instant()) instanceof Nsec3Chain chain)
        || chain.mayEnclose(emptyNonTerminal);
  }

  /**
   * The empty non-terminals in the chain in use, if it has such: PowerDNS does not find them itself
   * for a transfer with {@code disable-axfr-rectify=yes}.
   */
  List<Name> emptyNonTerminals(Instant now) {
    return current(now) instanceof Nsec3Chain chain ? chain.emptyNonTerminals() : List.of();
  }

  private DenialChain current(Instant now) {
    return chains(now).get(0);
  }

  Optional<Zone.Neighbours> around(Name name) {
    return nsec().around(name);
  }

  Optional<Zone.HashedNeighbours> around(String hash, Optional<Name> encloser) {
    return chains(clock.instant()).stream()
        .filter(Nsec3Chain.class::isInstance)
        .map(Nsec3Chain.class::cast)
        .findFirst()
        .flatMap(chain -> chain.around(hash, encloser));
  }

  /** As {@link Zone#isHash}. */
  boolean isHash(String label) {
    List<DenialChain> chains = chains(clock.instant());
    boolean some = chains.stream().anyMatch(Nsec3Chain.class::isInstance);
    boolean all = chains.stream().allMatch(Nsec3Chain.class::isInstance);
    return all || (some && label.matches("[0-9a-v]{32}") && !isName(label));
  }

  private boolean isName(String label) {
    try {
      return tree.isAuthoritative(Name.fromString(label, tree.origin()));
    } catch (org.xbill.DNS.TextParseException e) {
      return false;
    }
  }
}
