package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * A zone in memory: its names ({@link ZoneTree}), its denial chains ({@link Denial}), and the
 * answers made of them. A change replaces the touched nodes and drops what was made of their
 * neighbours, nothing else.
 */
final class LoadedZone implements Zone {
  /** Of a hash in base32, as a name's first label. */
  private static final int HASH_LENGTH = 32;

  /** Of a zone without its names. */
  private static final int BYTES = 1_000;

  private static final Comparator<AnswerRow> SOA_FIRST =
      Comparator.comparing(row -> !row.type().equals("SOA"));

  /** Signatures are renewed ahead in the last part of a step. */
  private static final int AHEAD = 20;

  /** How many names are looked at in a step, while changes wait. */
  private static final int LOOKED_AT = 10_000;

  /** At the apex these are signed by the KSK alone (RFC 7344, section 4.1). */
  private static final Set<Integer> KSK_SIGNED = Set.of(Type.DNSKEY, Type.CDS, Type.CDNSKEY);

  /** Names in a zone that is sorted before it is built. */
  private static final int LARGE = 1_000;

  private final StampedLock lock = new StampedLock();
  private Map<Name, List<RecordProblem>> problems = Map.of();
  private volatile ZoneHeader header;
  private final int id;
  private final Name origin;
  private final ReadByPowerDns readable;
  private volatile Optional<ZoneSigner> signer;
  private final boolean elsewhere;
  private final ZoneTree tree;
  private final Denial denial;
  private final Clock clock;

  /** What is earlier than this needs chains and records that were not read. */
  private final Instant readFor;

  private Optional<Node> storedApex = Optional.empty();

  LoadedZone(ZoneData data, Clock clock) {
    this.header = data.header();
    this.readable = ReadByPowerDns.of(data);
    this.id = header.id();
    this.origin = header.origin();
    this.clock = clock;
    Instant now = clock.instant();
    this.signer = data.signing().map(signing -> new ZoneSigner(origin, signing));
    signer.ifPresent(by -> by.check(clock.instant()));
    Optional<ModeSchedule> mode = signer.map(ZoneSigner::mode);
    this.elsewhere =
        signer.isEmpty() && readable.metadata().getOrDefault("PRESIGNED", List.of()).contains("1");
    this.tree = new ZoneTree(origin, signer.isPresent() || elsewhere, hasSignatures());
    NodeReader reader = new NodeReader(origin, mode, elsewhere, clock);
    inOrder(byOwner(data.records()))
        .forEach(entry -> put(entry.getKey(), read(reader, entry.getValue())));
    this.denial =
        new Denial(tree, readable.metadata(), data.denialChanges(), mode, elsewhere, clock);
    this.readFor =
        denial
            .lasting(now)
            .and(mode.map(schedule -> schedule.lasting(now)).orElse(Interval.ALWAYS))
            .from();
  }

  /** Whether it can be served at that time; else it is to be read anew. */
  boolean isReadFor(Instant now) {
    return !now.isBefore(readFor);
  }

  private static Map<Name, List<RecordRow>> byOwner(Collection<RecordRow> rows) {
    Map<Name, List<RecordRow>> grouped = new LinkedHashMap<>();
    Name before = null;
    List<RecordRow> own = List.of();
    for (RecordRow row : rows) {
      if (!row.owner().equals(before)) {
        before = row.owner();
        own = grouped.computeIfAbsent(before, owner -> new ArrayList<>(2));
      }
      own.add(row);
    }
    return grouped;
  }

  /** Names are put into a large tree several times as fast in its order. */
  private static Collection<Map.Entry<Name, List<RecordRow>>> inOrder(
      Map<Name, List<RecordRow>> grouped) {
    if (grouped.size() < LARGE) {
      return grouped.entrySet();
    }
    return grouped.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList();
  }

  /** What is to be at a name, and what is left out of it. */
  private record Read(Optional<Node> node, List<RecordProblem> problems) {
    static final Read NOTHING = new Read(Optional.empty(), List.of());
  }

  private Read read(NodeReader reader, List<RecordRow> rows) {
    List<RecordRow> records = withoutEmptyNonTerminals(rows);
    if (records.isEmpty()) {
      // PowerDNS's rectify deletes those with nothing below; the chains are made as if it had run.
      return hasSignatures() ? Read.NOTHING : new Read(Optional.of(new Node(rows)), List.of());
    }
    List<RecordProblem> problems = new ArrayList<>(0);
    return new Read(reader.read(records, problems), problems);
  }

  private static List<RecordRow> withoutEmptyNonTerminals(List<RecordRow> rows) {
    return rows.stream().anyMatch(RecordRow::isEmptyNonTerminal)
        ? rows.stream().filter(row -> !row.isEmptyNonTerminal()).toList()
        : rows;
  }

  private void put(Name owner, Read read) {
    tree.put(owner, owner.equals(origin) ? withChildKeys(read.node()) : read.node());
    if (!read.problems().isEmpty()) {
      problems = problems.isEmpty() ? new HashMap<>() : problems;
      problems.put(owner, read.problems());
    } else if (!problems.isEmpty()) {
      problems.remove(owner);
    }
  }

  /** The apex with the CDS and CDNSKEY sets that the KSK has signed. */
  private Optional<Node> withChildKeys(Optional<Node> stored) {
    storedApex = stored;
    return stored.map(apex -> apex.and(signer.map(ZoneSigner::childRecords).orElse(List.of())));
  }

  /**
   * Replaces what is at these names, as one step. Whoever asks for one of them meanwhile waits.
   *
   * @param rows all rows at {@code owners}; a name without rows goes
   */
  void replace(Set<Name> owners, List<RecordRow> rows) {
    NodeReader reader = new NodeReader(origin, signer.map(ZoneSigner::mode), elsewhere, clock);
    Map<Name, Read> made = new HashMap<>();
    byOwner(rows).forEach((owner, own) -> made.put(owner, read(reader, own)));
    long stamp = lock.writeLock();
    try {
      // Answers that are made are given without the lock: from here on those here are not.
      owners.forEach(this::dropAnswer);
      for (Name owner : owners) {
        replace(owner, made.getOrDefault(owner, Read.NOTHING));
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  private void dropAnswer(Name owner) {
    Node node = tree.node(owner);
    if (node != null) {
      node.dropAnswer();
    }
  }

  private void replace(Name owner, Read read) {
    boolean ruled = tree.rulesBelow(owner);
    Optional<Long> ttl = owner.equals(origin) ? tree.denialTtl() : Optional.empty();
    denial.changed(owner);
    put(owner, read);
    denial.changed(owner);
    if (ruled != tree.rulesBelow(owner)) {
      dropBelow(owner);
    }
    if (owner.equals(origin) && !ttl.equals(tree.denialTtl())) {
      denial.ttlChanged();
    }
  }

  /**
   * Goes on with other key sets, as one step.
   *
   * @return false when more than that changed, and the zone is to be loaded anew
   */
  boolean signWith(Optional<ZoneSigning> signing) {
    long stamp = lock.writeLock();
    try {
      if (signer.isEmpty() || signing.isEmpty() || !signer.get().hasSameKeys(signing.get())) {
        return signer.isEmpty() && signing.isEmpty();
      }
      List<Record> before = signer.get().childRecords();
      ZoneSigner next = new ZoneSigner(origin, signing.get());
      next.check(clock.instant());
      signer = Optional.of(next);
      Node apex = tree.node(origin);
      if (apex == null) {
        return true;
      }
      apex.dropAnswer();
      if (!before.equals(signer.get().childRecords())) {
        denial.changed(origin);
        tree.put(origin, withChildKeys(storedApex));
        denial.changed(origin);
      }
      return true;
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** How much memory it takes when all of it was asked for, in bytes, about. */
  long weight() {
    return BYTES + tree.weight();
  }

  /** Whether somebody signs it: Keyward, PowerDNS or whoever wrote the rows. */
  boolean hasSignatures() {
    return signer.isPresent() || elsewhere || !readable.cryptokeys().isEmpty();
  }

  /** Verifies what the KSK has signed ahead; whether something wrong was found. */
  boolean verifySignatures() {
    return signer.map(ZoneSigner::verifyAll).orElse(false);
  }

  boolean isSigned() {
    return signer.isPresent();
  }

  /** The keys whose signature over the DNSKEY set is valid; none for a zone that is unsigned. */
  Set<DNSKEYRecord> validKeys(Instant now) {
    return signer.map(by -> by.validKeys(now)).orElse(Set.of());
  }

  /** The zone's header, as it is stored now. */
  void know(ZoneHeader stored) {
    header = stored;
  }

  private void dropBelow(Name owner) {
    tree.below(owner)
        .forEach(
            (name, node) -> {
              node.dropAll();
              denial.changed(name);
            });
    denial.changed(owner);
  }

  @Override
  public ZoneHeader header() {
    return locked(
        () ->
            new ZoneHeader(
                header.id(),
                origin,
                header.kind(),
                header.masters(),
                tree.serial().orElse(header.serial()),
                header.notifiedSerial(),
                header.lastCheck(),
                header.account()));
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public Name origin() {
    return origin;
  }

  @Override
  public Optional<Answer> lookup(Name owner) {
    Node node = tree.node(owner);
    Answer made = node == null || mayBeHash(owner) ? null : node.answer(clock);
    return made != null ? Optional.of(made) : locked(() -> answer(RrsetSigner.lowerCase(owner)));
  }

  /** Whether an answer of the denial chain may belong to that of the node. */
  private boolean mayBeHash(Name owner) {
    return denial.hasHashes()
        && owner.labels() == origin.labels() + 1
        && owner.getLabel(0)[0] == HASH_LENGTH;
  }

  private Optional<Answer> answer(Name owner) {
    Node node = tree.isHidden(owner) ? null : tree.node(owner);
    Optional<Answer> stored = node == null ? Optional.empty() : Optional.of(kept(owner, node));
    Instant now = clock.instant();
    if (showsSignatures(now)) {
      for (DenialChain chain : denial.chains(now)) {
        Optional<Kept> link = chain.at(owner);
        if (link.isPresent()) {
          Answer hashed = kept(owner, link.get());
          return Optional.of(stored.map(answer -> answer.and(hashed)).orElse(hashed));
        }
      }
    }
    return stored.isPresent() || !tree.isEmptyNonTerminal(owner)
        ? stored
        : Optional.of(emptyNonTerminal(owner));
  }

  private boolean showsSignatures(Instant at) {
    return signer.isPresent() && signer.get().mode().showsSignatures(at);
  }

  private Answer emptyNonTerminal(Name owner) {
    boolean encloses = !tree.isBelowCut(owner) && denial.mayEnclose(owner);
    return new Answer(List.of(emptyNonTerminal(owner, encloses)));
  }

  private static AnswerRow emptyNonTerminal(Name owner, boolean auth) {
    return new AnswerRow(owner, "", "", 0, auth);
  }

  private Answer kept(Name owner, Kept kept) {
    Answer answer = kept.answer(clock);
    if (answer == null) {
      synchronized (kept) {
        answer = make(owner, kept, clock.instant());
        kept.keep(answer);
      }
    }
    return answer;
  }

  /**
   * Makes what will be served after the next renewal of signatures, for names that were asked for;
   * does nothing until that is near.
   *
   * @param after the name where an earlier step ended; empty to begin
   * @param limit how many to make at most
   * @return where this step ended; empty when nothing is left to do
   */
  Optional<Name> signAhead(Optional<Name> after, int limit) {
    return locked(
        () -> signer.isEmpty() ? Optional.empty() : signAhead(signer.get(), after, limit));
  }

  private Optional<Name> signAhead(ZoneSigner by, Optional<Name> after, int limit) {
    Instant now = clock.instant();
    Instant next = by.lasting(now).until();
    boolean near = !now.isBefore(next.minus(by.step().dividedBy(AHEAD)));
    if (!near || !showsSignatures(next) || denial.lasting(now).until().isBefore(next)) {
      return Optional.empty();
    }
    int made = 0;
    int seen = 0;
    for (Map.Entry<Name, Node> entry : tree.from(after)) {
      Name owner = entry.getKey();
      Node node = entry.getValue();
      if (node.wantsUpcoming() && !tree.isHidden(owner)) {
        synchronized (node) {
          node.keepUpcoming(make(RrsetSigner.lowerCase(owner), node, next));
        }
        made++;
      }
      if (made == limit || ++seen == LOOKED_AT) {
        return Optional.of(owner);
      }
    }
    return Optional.empty();
  }

  private Answer make(Name owner, Kept kept, Instant at) {
    return kept instanceof Node node ? answer(owner, node, at) : hashed(owner, at);
  }

  private Answer answer(Name owner, Node node, Instant now) {
    boolean below = tree.isBelowCut(owner);
    boolean cut = tree.isCut(owner, node);
    List<AnswerRow> rows = stored(owner, node, below, cut);
    if (rows.isEmpty()) {
      rows.add(emptyNonTerminal(owner, false)); // what is hidden is still not another's
    }
    if (signer.isEmpty()) {
      return new Answer(rows);
    }
    if (owner.equals(origin)) {
      rows.removeIf(row -> row.type().equals("DNSKEY"));
      if (signer.get().mode().showsKeySet(now)) {
        rows.addAll(signer.get().keyRows(now, soaMinimum()));
      }
      if (signer.get().mode().mode() == SigningMode.SPLIT) {
        rows.replaceAll(row -> withMinimumOfKeys(row, now));
      }
    }
    if (!below && showsSignatures(now)) {
      rows.addAll(signatures(owner, node, cut, now));
    }
    Interval lasting = lasting(now);
    return new Answer(
        rows, owner.equals(origin) ? lasting.and(signer.get().setsLasting(now)) : lasting);
  }

  private List<AnswerRow> stored(Name owner, Node node, boolean below, boolean cut) {
    List<AnswerRow> rows = new ArrayList<>();
    for (RecordRow row : node.rows()) {
      if (tree.isHidden(row, below)) {
        continue;
      }
      rows.add(
          new AnswerRow(
              owner,
              row.type(),
              RecordParser.servedContent(row),
              node.ttl(row),
              !below && (!cut || row.type().equals("DS"))));
    }
    return rows;
  }

  private long soaMinimum() {
    return tree.soa().map(SOARecord::getMinimum).orElse(0L);
  }

  /**
   * PowerDNS gives the DNSKEY set of a split zone the SOA minimum as TTL, and the KSK has signed a
   * TTL. So a new minimum is shown as soon as the KSK has signed it, and the one before until then.
   */
  private AnswerRow withMinimumOfKeys(AnswerRow row, Instant now) {
    long ttl = signer.orElseThrow().keyTtl(now, soaMinimum());
    if (!row.type().equals("SOA") || ttl == soaMinimum() || showsSignatures(now)) {
      return row;
    }
    String content = row.content().strip().replaceFirst("\\S+$", Long.toString(ttl));
    return new AnswerRow(row.owner(), row.type(), content, row.ttl(), row.auth());
  }

  private Answer hashed(Name owner, Instant now) {
    return new Answer(denialSignatures(owner, now), lasting(now));
  }

  private Interval lasting(Instant now) {
    return signer.orElseThrow().lasting(now).and(denial.lasting(now));
  }

  private List<AnswerRow> signatures(Name owner, Node node, boolean cut, Instant now) {
    ValidityWindow window = signer.orElseThrow().window(now);
    Map<Integer, List<AnswerRow>> made = node.signatures(window);
    List<AnswerRow> rows = new ArrayList<>();
    for (Map.Entry<Integer, List<Record>> set : node.sets().entrySet()) {
      int type = set.getKey();
      boolean signed = cut ? type == Type.DS : !owner.equals(origin) || !KSK_SIGNED.contains(type);
      if (signed) {
        rows.addAll(
            made.computeIfAbsent(type, key -> signer.get().sign(owner, set.getValue(), window)));
      }
    }
    if (owner.equals(origin)) {
      rows.addAll(signer.get().childSignatures(now));
    }
    rows.addAll(denialSignatures(owner, now));
    if (!cut) {
      return rows;
    }
    // PowerDNS wants RRSIG rows at a delegation as not authoritative.
    return rows.stream()
        .map(r -> new AnswerRow(r.owner(), r.type(), r.content(), r.ttl(), false))
        .toList();
  }

  private List<AnswerRow> denialSignatures(Name owner, Instant now) {
    ZoneSigner by = signer.orElseThrow();
    ValidityWindow window = by.window(now);
    List<AnswerRow> rows = new ArrayList<>();
    for (DenialChain chain : denial.chains(now)) {
      rows.addAll(chain.signatures(owner, by, window));
    }
    return rows;
  }

  @Override
  public Optional<Neighbours> nsecNeighbours(Name name) {
    return locked(() -> denial.around(name));
  }

  @Override
  public boolean isHash(String label) {
    return locked(() -> denial.isHash(label));
  }

  @Override
  public Optional<HashedNeighbours> nsec3Neighbours(String hash, Optional<Name> encloser) {
    return locked(() -> denial.around(hash, encloser));
  }

  /**
   * Makes what is not made yet of all answers of now, so that nothing is signed while the whole
   * zone is read.
   */
  private void signAll() {
    if (!showsSignatures(clock.instant())) {
      return;
    }
    ManyNames.inParallel(
        locked(tree::names),
        owners ->
            inLock(
                () -> {
                  for (Name owner : owners) {
                    Node node = tree.isHidden(owner) ? null : tree.node(owner);
                    if (node != null) {
                      kept(RrsetSigner.lowerCase(owner), node);
                    }
                  }
                }));
    ManyNames.inParallel(
        locked(() -> denial.chains(clock.instant()).get(0).owners()),
        owners -> inLock(() -> owners.forEach(this::chainRows)));
  }

  /** What the chain in use has at a name that only it knows. */
  private List<AnswerRow> chainRows(Name owner) {
    return denial
        .chains(clock.instant())
        .get(0)
        .at(owner)
        .map(link -> kept(owner, link).rows())
        .orElse(List.of());
  }

  @Override
  public Stream<AnswerRow> list() {
    if (signer.isEmpty()) {
      return locked(this::listing).stream().flatMap(this::rows);
    }
    signAll();
    return locked(this::signedRows).stream();
  }

  private Stream<AnswerRow> rows(Listed name) {
    return name.node().isEmpty()
        ? Stream.of(emptyNonTerminal(name.owner(), true))
        : stored(name.owner(), name.node().get(), name.below(), name.cut()).stream()
            .sorted(SOA_FIRST);
  }

  /**
   * A name as it was when the transfer began. Nodes never change, so the rest is made while it is
   * sent, without the lock.
   *
   * @param node empty at an empty non-terminal
   */
  private record Listed(Name owner, Optional<Node> node, boolean below, boolean cut) {}

  private List<Listed> listing() {
    List<Listed> listing = new ArrayList<>();
    for (Name owner : tree.names()) {
      listing.add(
          new Listed(
              RrsetSigner.lowerCase(owner),
              Optional.of(tree.node(owner)),
              tree.isBelowCut(owner),
              tree.isCut(owner)));
    }
    for (Name owner : denial.emptyNonTerminals(clock.instant())) {
      listing.add(new Listed(owner, Optional.empty(), false, false));
    }
    return listing;
  }

  private List<AnswerRow> signedRows() {
    List<AnswerRow> rows = new ArrayList<>();
    for (Map.Entry<Name, Node> entry : tree.from(Optional.empty())) {
      if (!tree.isHidden(entry.getKey())) {
        rows.addAll(kept(RrsetSigner.lowerCase(entry.getKey()), entry.getValue()).rows());
      }
    }
    if (showsSignatures(clock.instant())) {
      addCurrentChain(rows);
    } else {
      rows.removeIf(row -> row.type().equals("RRSIG"));
      denial
          .emptyNonTerminals(clock.instant())
          .forEach(owner -> rows.add(emptyNonTerminal(owner, true)));
    }
    rows.sort(SOA_FIRST);
    return rows;
  }

  /**
   * A transfer carries the signatures of one chain alone. PowerDNS reads the metadata anew for each
   * transfer, and would take names that belong to the other chain for names of the zone.
   */
  private void addCurrentChain(List<AnswerRow> rows) {
    List<DenialChain> chains = denial.chains(clock.instant());
    for (DenialChain former : chains.subList(1, chains.size())) {
      rows.removeIf(row -> row.type().equals("RRSIG") && former.covers(row));
    }
    chains.get(0).owners().forEach(owner -> rows.addAll(chainRows(owner)));
  }

  @Override
  public Map<String, List<String>> metadata() {
    return Collections.unmodifiableMap(denial.metadata());
  }

  @Override
  public List<CryptoKey> cryptokeys() {
    List<CryptoKey> stored = readable.cryptokeys();
    return signer.map(by -> by.liveKeys(clock.instant(), stored)).orElse(stored);
  }

  @Override
  public List<RecordProblem> problems() {
    return locked(
        () -> {
          List<RecordProblem> all = new ArrayList<>();
          if (!tree.hasSoa()) {
            all.add(
                new RecordProblem(
                    "", "", "", "the zone has no SOA record and is not served; insert one"));
          }
          signer
              .map(ZoneSigner::mode)
              .filter(ModeSchedule::held)
              .ifPresent(mode -> all.add(held()));
          all.addAll(readable.problems());
          problems.values().forEach(all::addAll);
          signer.ifPresent(by -> all.addAll(by.problems()));
          all.addAll(denial.problems());
          all.addAll(hidden());
          return all;
        });
  }

  private RecordProblem held() {
    return new RecordProblem(
        origin.toString(true),
        "MODE",
        SigningMode.POWERDNS.word(),
        "the zone stays pre-signed: PowerDNS could not log in to the token of its key, for this server"
            + " has no PIN for it that may be tried; add the token with its pin-file to 'tokens' of"
            + " each 'keyward serve'");
  }

  private List<RecordProblem> hidden() {
    List<RecordProblem> hidden = new ArrayList<>();
    for (Name dname : tree.dnames()) {
      tree.below(dname)
          .forEach(
              (owner, node) ->
                  node.rows()
                      .forEach(
                          row ->
                              hidden.add(
                                  new RecordProblem(
                                      owner.toString(true),
                                      row.type(),
                                      row.content(),
                                      "it is below the DNAME of "
                                          + dname
                                          + ", where nothing may be (RFC 6672, section 2.4); a"
                                          + " signed zone is served without it; delete it, or the"
                                          + " DNAME"))));
    }
    return hidden;
  }

  private void inLock(Runnable read) {
    locked(
        () -> {
          read.run();
          return null;
        });
  }

  private <T> T locked(Supplier<T> read) {
    long stamp = lock.readLock();
    try {
      return read.get();
    } finally {
      lock.unlockRead(stamp);
    }
  }
}
