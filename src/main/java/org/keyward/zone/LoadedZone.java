package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * A zone in memory as it is at one moment: its names ({@link ZoneContents}), its denial chains
 * ({@link Denial}), and the answers made of them ({@link ZoneAnswers}). It never changes: a change
 * gives another one, which shares with this one all that is the same in both.
 */
final class LoadedZone implements Zone {
  /** Of a zone without its names. */
  private static final int BYTES = 1_000;

  private final ZoneHeader header;
  private final ReadByPowerDns readable;
  private final Optional<ZoneSigner> signer;
  private final boolean elsewhere;
  private final ZoneContents contents;
  private final Denial denial;
  private final ZoneAnswers answers;
  private final Clock clock;

  /** What is earlier than this needs chains and records that were not read. */
  private final Instant readFor;

  LoadedZone(ZoneData data, Clock clock) {
    Instant now = clock.instant();
    this.header = data.header();
    this.readable = ReadByPowerDns.of(data);
    this.clock = clock;
    this.signer = data.signing().map(signing -> new ZoneSigner(header.origin(), signing));
    signer.ifPresent(by -> by.check(now));
    Optional<ModeSchedule> mode = signer.map(ZoneSigner::mode);
    this.elsewhere =
        signer.isEmpty() && readable.metadata().getOrDefault("PRESIGNED", List.of()).contains("1");
    this.contents =
        ZoneContents.of(
            header.origin(),
            data.records(),
            reader(),
            signer.map(ZoneSigner::childRecords).orElse(List.of()),
            signer.isPresent() || elsewhere,
            isSigned());
    DenialMetadata metadata =
        new DenialMetadata(
            header.origin(), readable.metadata(), data.denialChanges(), mode, elsewhere, now);
    this.denial = new Denial(contents.tree(), metadata, elsewhere, clock);
    this.answers = new ZoneAnswers(contents.tree(), denial, signer, clock);
    this.readFor =
        denial
            .lasting(now)
            .and(mode.map(schedule -> schedule.lasting(now)).orElse(Interval.ALWAYS))
            .from();
  }

  private LoadedZone(
      LoadedZone before,
      ZoneHeader header,
      Optional<ZoneSigner> signer,
      ZoneContents contents,
      Denial denial) {
    this.header = header;
    this.readable = before.readable;
    this.signer = signer;
    this.elsewhere = before.elsewhere;
    this.contents = contents;
    this.denial = denial;
    this.clock = before.clock;
    this.answers = new ZoneAnswers(contents.tree(), denial, signer, clock);
    this.readFor = before.readFor;
  }

  private OwnerReader reader() {
    return new OwnerReader(
        new NodeReader(header.origin(), signer.map(ZoneSigner::mode), elsewhere, clock),
        isSigned());
  }

  /** Whether it can be served at that time; else it is to be read anew. */
  boolean isReadFor(Instant now) {
    return !now.isBefore(readFor);
  }

  /** Whether both are of one reading of the zone as a whole, with changes since. */
  @SuppressWarnings("ReferenceEquality") // two readings may have found the same
  boolean isOfSameReading(LoadedZone other) {
    return readable == other.readable;
  }

  /**
   * The zone with other rows at these names.
   *
   * @param rows all rows at {@code owners}; a name without rows goes
   */
  LoadedZone with(Set<Name> owners, List<RecordRow> rows) {
    OwnerReader reader = reader();
    Map<Name, List<RecordRow>> grouped = OwnerReader.byOwner(rows);
    List<Record> children = signer.map(ZoneSigner::childRecords).orElse(List.of());
    ZoneContents now = contents;
    Denial chains = denial;
    for (Name owner : owners) {
      List<RecordRow> own = grouped.get(owner);
      OwnerReader.Read read = own == null ? OwnerReader.Read.NOTHING : reader.read(own);
      ZoneContents.Changed changed = now.with(owner, read, children);
      now = changed.contents();
      chains = chains.after(changed.tree());
    }
    return new LoadedZone(this, header, signer, now, chains);
  }

  /**
   * The zone with other key sets.
   *
   * @return empty when more than that is other, and the zone is to be loaded anew
   */
  Optional<LoadedZone> signedWith(Optional<ZoneSigning> signing) {
    if (signer.isEmpty() && signing.isEmpty()) {
      return Optional.of(this);
    }
    if (signer.isEmpty() || signing.isEmpty() || !signer.get().hasSameKeys(signing.get())) {
      return Optional.empty();
    }
    ZoneSigner next = new ZoneSigner(header.origin(), signing.get());
    next.check(clock.instant());
    return Optional.of(signedBy(next));
  }

  private LoadedZone signedBy(ZoneSigner next) {
    List<Record> children = next.childRecords();
    if (children.equals(signer.orElseThrow().childRecords())) {
      ZoneContents same = contents.withOtherKeySets();
      return new LoadedZone(this, header, Optional.of(next), same, denial.over(same.tree()));
    }
    ZoneContents.Changed changed = contents.withChildren(children);
    return new LoadedZone(
        this, header, Optional.of(next), changed.contents(), denial.after(changed.tree()));
  }

  /**
   * The zone with another header.
   *
   * @param stored of the zone itself
   */
  LoadedZone with(ZoneHeader stored) {
    return new LoadedZone(this, stored, signer, contents, denial);
  }

  /** As of {@link ZoneDifferences}. */
  Map<String, Object> differences(ZoneData stored) {
    return ZoneDifferences.of(stored, readable, contents.tree(), reader());
  }

  /** How much memory it takes when all of it was asked for, in bytes, about. */
  long weight() {
    return BYTES + contents.tree().weight();
  }

  @Override
  public boolean isSigned() {
    return signer.isPresent() || elsewhere || !readable.cryptokeys().isEmpty();
  }

  /** Verifies what the KSK has signed ahead; whether something wrong was found. */
  boolean verifySignatures() {
    return signer.map(ZoneSigner::verifyAll).orElse(false);
  }

  /** Whether Keyward signs it. */
  boolean isSignedHere() {
    return signer.isPresent();
  }

  /** The keys whose signature over the DNSKEY set is valid; none for a zone that is unsigned. */
  Set<DNSKEYRecord> validKeys(Instant now) {
    return signer.map(by -> by.validKeys(now)).orElse(Set.of());
  }

  /** As {@link UpcomingAnswers#make}. */
  Optional<Name> signAhead(Optional<Name> after, int limit) {
    return signer.flatMap(
        by -> new UpcomingAnswers(contents.tree(), denial, answers, by).make(after, limit, clock));
  }

  @Override
  public ZoneHeader header() {
    return new ZoneHeader(
        header.id(),
        header.origin(),
        header.kind(),
        header.masters(),
        contents.tree().serial().orElse(header.serial()),
        header.notifiedSerial(),
        header.lastCheck(),
        header.account());
  }

  @Override
  public int id() {
    return header.id();
  }

  @Override
  public Name origin() {
    return header.origin();
  }

  @Override
  public Optional<Answer> lookup(Name owner) {
    return answers.at(owner);
  }

  @Override
  public Optional<Neighbours> nsecNeighbours(Name name) {
    return denial.around(name);
  }

  @Override
  public boolean isHash(String label) {
    return denial.isHash(label);
  }

  @Override
  public Optional<HashedNeighbours> nsec3Neighbours(String hash, Optional<Name> encloser) {
    return denial.around(hash, encloser);
  }

  @Override
  public Stream<AnswerRow> list() {
    return new ZoneTransfer(contents.tree(), denial, answers, clock).rows();
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
    return ZoneProblems.of(header.kind(), contents, readable, signer, denial);
  }
}
