package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.keyward.content.MetadataValue;
import org.keyward.dnssec.Nsec3Parameters;
import org.xbill.DNS.Name;

/**
 * The denial chains of one zone: the one that PowerDNS is told of, and while that changes the one
 * before. Guarded by the zone's lock.
 */
final class Denial {
  private static final String NSEC3PARAM = "NSEC3PARAM";
  private static final String NSEC3NARROW = "NSEC3NARROW";
  private static final String PRESIGNED = "PRESIGNED";

  /** What makes PowerDNS publish CDS and CDNSKEY of a key that it has; it has the ZSK alone. */
  private static final Set<String> KSK_ONLY = Set.of("PUBLISH-CDS", "PUBLISH-CDNSKEY");

  private final ZoneTree tree;
  private final Clock clock;
  private final Optional<ModeSchedule> mode;
  private final NsecChain nsec;
  private Map<Nsec3Parameters, Nsec3Chain> hashed = Map.of();
  private final DenialSchedule schedule;
  private final Map<String, List<String>> metadata;
  private List<RecordProblem> problems = List.of();

  /**
   * @param tree with all names in it
   * @param metadata that PowerDNS reads
   * @param changes the last ones of the metadata NSEC3PARAM, oldest first
   * @param mode in which Keyward signs it; empty when it does not
   * @param elsewhere signed ahead by others
   */
  Denial(
      ZoneTree tree,
      Map<String, List<String>> metadata,
      List<DenialChange> changes,
      Optional<ModeSchedule> mode,
      boolean elsewhere,
      Clock clock) {
    this.tree = tree;
    this.clock = clock;
    this.mode = mode;
    this.nsec = new NsecChain(tree);
    this.metadata = metadata;
    Optional<String> value = metadata.getOrDefault(NSEC3PARAM, List.of()).stream().findFirst();
    Optional<Nsec3Parameters> wanted = value.flatMap(this::parse);
    value.ifPresent(text -> warn(text, wanted, elsewhere));
    this.schedule =
        mode.isPresent() && isOf(changes, value)
            ? DenialSchedule.of(
                changes.stream()
                    .map(
                        change ->
                            new DenialSchedule.Wanted(
                                change.nsec3param().flatMap(this::parse),
                                change.since(),
                                change.overlap()))
                    .toList())
            : DenialSchedule.fixed(wanted);
    if (isSignedAhead() || !isNarrow()) {
      for (Optional<Nsec3Parameters> chain : schedule.from(clock.instant())) {
        chain.ifPresent(parameters -> add(new Nsec3Chain(tree, parameters, elsewhere)));
      }
    }
  }

  /**
   * Whether the history leads to what the metadata say; on a replica they are from one snapshot.
   */
  private static boolean isOf(List<DenialChange> changes, Optional<String> value) {
    return !changes.isEmpty() && changes.get(changes.size() - 1).nsec3param().equals(value);
  }

  private Optional<Nsec3Parameters> parse(String text) {
    return Nsec3Chain.fits(tree.origin()) ? Nsec3Parameters.ifValid(text) : Optional.empty();
  }

  private void warn(String text, Optional<Nsec3Parameters> parsed, boolean elsewhere) {
    if (parsed.isPresent()) {
      parsed
          .flatMap(Nsec3Parameters::warning)
          .filter(warning -> !elsewhere) // another server's to change
          .ifPresent(warning -> problem(NSEC3PARAM, text, warning));
    } else if (!Nsec3Chain.fits(tree.origin())) {
      problem(NSEC3PARAM, text, "the zone's name is too long for NSEC3; it has NSEC instead");
    } else {
      try {
        Nsec3Parameters.parse(text);
      } catch (IllegalArgumentException e) {
        problem(NSEC3PARAM, text, e.getMessage() + "; the zone has NSEC instead");
      }
    }
    if (isSignedAhead() && isNarrow()) {
      problem(
          NSEC3NARROW,
          "1",
          "it is ignored: narrow NSEC3 records are signed at each question, which PowerDNS cannot"
              + " do for a zone that Keyward signs; delete it");
    }
  }

  /** Whether Keyward shows signatures over the chains, now or later in a change of mode. */
  private boolean isSignedAhead() {
    return mode.isPresent()
        && (mode.get().mode() == SigningMode.PRESIGNED
            || mode.get().showsSignatures(clock.instant()));
  }

  private boolean isNarrow() {
    return metadata.getOrDefault(NSEC3NARROW, List.of()).contains("1");
  }

  private void add(Nsec3Chain chain) {
    hashed = hashed.isEmpty() ? new HashMap<>(2) : hashed;
    hashed.put(chain.parameters(), chain);
  }

  /** Whether there are answers at names that are hashes. */
  boolean hasHashes() {
    return !hashed.isEmpty();
  }

  private void problem(String kind, String content, String reason) {
    problems = problems.isEmpty() ? new ArrayList<>() : problems;
    problems.add(new RecordProblem(tree.origin().toString(true), kind, content, reason));
  }

  List<RecordProblem> problems() {
    return problems;
  }

  /** Around {@code now}, for how long the same chains are shown. */
  Interval lasting(Instant now) {
    return schedule.at(now).lasting();
  }

  /** Of these, the first one is what PowerDNS is told. */
  List<DenialChain> chains(Instant now) {
    List<DenialChain> chains = new ArrayList<>();
    for (Optional<Nsec3Parameters> chain : schedule.at(now).served()) {
      chains.add(chain.<DenialChain>map(hashed::get).orElse(nsec));
    }
    return chains;
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

  void changed(Name owner) {
    nsec.changed(owner);
    hashed.values().forEach(chain -> chain.changed(owner));
  }

  void ttlChanged() {
    nsec.ttlChanged();
    hashed.values().forEach(Nsec3Chain::ttlChanged);
  }

  Optional<Zone.Neighbours> around(Name name) {
    return nsec.around(name);
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

  /** The metadata as PowerDNS is to see them now. */
  Map<String, List<String>> metadata() {
    if (mode.isEmpty()) {
      return metadata.getOrDefault(NSEC3PARAM, List.of()).stream().anyMatch(Denial::isUnread)
          ? without(NSEC3PARAM)
          : metadata;
    }
    Map<String, List<String>> shown = new TreeMap<>(metadata);
    Instant now = clock.instant();
    if (mode.get().showsKeys(now)) {
      shown.keySet().removeAll(KSK_ONLY);
    }
    shown.remove(PRESIGNED);
    if (mode.get().isPresigned(now)) {
      shown.put(PRESIGNED, List.of("1"));
      shown.remove(NSEC3NARROW);
    }
    shown.remove(NSEC3PARAM);
    schedule.at(now).current().ifPresent(chain -> shown.put(NSEC3PARAM, List.of(chain.text())));
    return shown;
  }

  private static boolean isUnread(String parameters) {
    return MetadataValue.fault(NSEC3PARAM, parameters).isPresent();
  }

  private Map<String, List<String>> without(String kind) {
    Map<String, List<String>> others = new TreeMap<>(metadata);
    others.remove(kind);
    return others;
  }
}
