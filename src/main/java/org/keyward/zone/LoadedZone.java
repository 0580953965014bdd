package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * A zone as a map from name to node in canonical order (RFC 4034, section 6.1). Order, authority
 * and empty non-terminals come from the names alone. A change replaces the touched nodes and drops
 * what was made of their neighbours, nothing else.
 */
final class LoadedZone implements Zone {
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final NavigableMap<Name, Node> nodes = new TreeMap<>();
  private final Map<Name, List<RecordProblem>> problems = new HashMap<>();
  private final ZoneHeader header;
  private final Name origin;
  private final Map<String, List<String>> metadata;
  private final List<CryptoKey> cryptokeys;
  private final Optional<ZoneSigner> signer;
  private final NodeReader reader;
  private final HashedChain hashedChain;
  private final Clock clock;

  LoadedZone(ZoneData data, Clock clock) {
    this.header = data.header();
    this.origin = header.origin();
    this.clock = clock;
    this.signer = data.signing().map(signing -> new ZoneSigner(origin, signing));
    this.reader =
        new NodeReader(
            origin,
            signer.isPresent(),
            data.metadata().getOrDefault("PRESIGNED", List.of()).contains("1"));
    this.cryptokeys = signer.isPresent() ? List.of() : data.cryptokeys();
    this.metadata = new TreeMap<>(data.metadata());
    if (signer.isPresent()) {
      metadata.put("PRESIGNED", List.of("1"));
    }
    this.hashedChain = new HashedChain(metadata.get("NSEC3PARAM"));
    byOwner(data.records()).forEach(this::put);
  }

  private static Map<Name, List<RecordRow>> byOwner(Collection<RecordRow> rows) {
    Map<Name, List<RecordRow>> grouped = new HashMap<>();
    for (RecordRow row : rows) {
      grouped.computeIfAbsent(row.owner(), owner -> new ArrayList<>(2)).add(row);
    }
    return grouped;
  }

  private void put(Name owner, List<RecordRow> rows) {
    List<RecordProblem> faults = new ArrayList<>();
    Optional<Node> node = reader.read(rows, faults);
    if (faults.isEmpty()) {
      problems.remove(owner);
    } else {
      problems.put(owner, faults);
    }
    node.ifPresentOrElse(made -> nodes.put(owner, made), () -> nodes.remove(owner));
  }

  /**
   * Replaces what is at these names, as one step.
   *
   * @param rows all rows at {@code owners}; a name without rows goes
   */
  void replace(Set<Name> owners, List<RecordRow> rows) {
    Map<Name, List<RecordRow>> grouped = byOwner(rows);
    lock.writeLock().lock();
    try {
      Set<Name> structural = new HashSet<>();
      for (Name owner : owners) {
        boolean cutBefore = isCut(owner);
        Optional<SOARecord> soaBefore = soa();
        dropAround(owner);
        put(owner, grouped.getOrDefault(owner, List.of()));
        dropAround(owner);
        if (cutBefore != isCut(owner)) {
          structural.add(owner);
        }
        if (owner.equals(origin) && !sameDenialTtl(soaBefore, soa())) {
          nodes.values().forEach(Node::dropAll);
        }
      }
      structural.forEach(this::dropBelow);
      hashedChain.drop();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static boolean sameDenialTtl(Optional<SOARecord> before, Optional<SOARecord> after) {
    return before.map(LoadedZone::denialTtl).equals(after.map(LoadedZone::denialTtl));
  }

  private void dropAround(Name owner) {
    Node node = nodes.get(owner);
    if (node != null) {
      node.dropAll();
    }
    Name before = chainBefore(owner);
    if (before != null) {
      nodes.get(before).dropNsec();
    }
  }

  private void dropBelow(Name owner) {
    for (Map.Entry<Name, Node> entry : nodes.tailMap(owner, true).entrySet()) {
      if (!entry.getKey().subdomain(owner)) {
        break;
      }
      entry.getValue().dropAll();
    }
    dropAround(owner);
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
                soa().map(SOARecord::getSerial).orElse(header.serial()),
                header.notifiedSerial(),
                header.lastCheck(),
                header.account()));
  }

  @Override
  public Optional<Answer> lookup(Name owner) {
    return locked(() -> answer(owner));
  }

  private Optional<Answer> answer(Name owner) {
    Node node = nodes.get(owner);
    if (node == null) {
      return isEmptyNonTerminal(owner)
          ? Optional.of(
              new Answer(
                  List.of(
                      new AnswerRow(RrsetSigner.lowerCase(owner), "", "", 0, !isBelowCut(owner))),
                  Instant.MAX))
          : Optional.empty();
    }
    Instant now = clock.instant();
    Answer answer = node.answer();
    if (answer == null || !now.isBefore(answer.validUntil())) {
      synchronized (node) {
        answer = make(RrsetSigner.lowerCase(owner), node, now);
        node.keep(answer);
      }
    }
    return Optional.of(answer);
  }

  private boolean isEmptyNonTerminal(Name owner) {
    Name next = nodes.higherKey(owner);
    return next != null && next.subdomain(owner) && owner.subdomain(origin);
  }

  private Answer make(Name owner, Node node, Instant now) {
    boolean below = isBelowCut(owner);
    boolean cut = isCut(owner);
    List<AnswerRow> rows = new ArrayList<>();
    for (RecordRow row : node.rows()) {
      rows.add(
          new AnswerRow(
              owner,
              row.type(),
              RecordParser.servedContent(row),
              ttl(node, row),
              !below && (!cut || row.type().equals("DS"))));
    }
    if (signer.isEmpty()) {
      return new Answer(rows, Instant.MAX);
    }
    if (owner.equals(origin)) {
      rows.removeIf(row -> row.type().equals("DNSKEY"));
      rows.addAll(signer.get().keyRows(now));
    }
    if (!below) {
      rows.addAll(signatures(owner, node, cut, now));
    }
    return new Answer(rows, signer.get().validUntil(now));
  }

  private static long ttl(Node node, RecordRow row) {
    List<Record> set = node.sets().get(Type.value(row.type(), true));
    return set == null ? row.ttl() : set.get(0).getTTL();
  }

  private List<AnswerRow> signatures(Name owner, Node node, boolean cut, Instant now) {
    ValidityWindow window = signer.orElseThrow().window(now);
    Map<Integer, List<AnswerRow>> made = node.signatures(window);
    List<AnswerRow> rows = new ArrayList<>();
    for (Map.Entry<Integer, List<Record>> set : node.sets().entrySet()) {
      int type = set.getKey();
      boolean signed = cut ? type == Type.DS : type != Type.DNSKEY || !owner.equals(origin);
      if (signed) {
        rows.addAll(
            made.computeIfAbsent(type, key -> signer.get().sign(owner, set.getValue(), window)));
      }
    }
    soa()
        .ifPresent(
            soa ->
                rows.addAll(
                    made.computeIfAbsent(
                        Type.NSEC,
                        key ->
                            signer
                                .get()
                                .sign(owner, List.of(nsec(owner, node, cut, soa)), window))));
    if (!cut) {
      return rows;
    }
    // PowerDNS wants RRSIG rows at a delegation as not authoritative.
    return rows.stream()
        .map(r -> new AnswerRow(r.owner(), r.type(), r.content(), r.ttl(), false))
        .toList();
  }

  /** The NSEC record exactly as PowerDNS makes it. */
  private NSECRecord nsec(Name owner, Node node, boolean cut, SOARecord soa) {
    Set<Integer> types = new HashSet<>(Set.of(Type.NSEC, Type.RRSIG));
    for (int type : node.sets().keySet()) {
      if (!cut || type == Type.NS || type == Type.DS) {
        types.add(type);
      }
    }
    if (owner.equals(origin)) {
      types.add(Type.DNSKEY);
    }
    return new NSECRecord(
        owner,
        DClass.IN,
        denialTtl(soa),
        RrsetSigner.lowerCase(chainAfter(owner)),
        types.stream().mapToInt(Integer::intValue).toArray());
  }

  private static long denialTtl(SOARecord soa) {
    return Math.min(soa.getTTL(), soa.getMinimum());
  }

  private Optional<SOARecord> soa() {
    Node apex = nodes.get(origin);
    return apex == null || !apex.has(Type.SOA)
        ? Optional.empty()
        : Optional.of((SOARecord) apex.sets().get(Type.SOA).get(0));
  }

  private boolean isCut(Name owner) {
    Node node = nodes.get(owner);
    return node != null && !owner.equals(origin) && node.has(Type.NS);
  }

  private boolean isBelowCut(Name owner) {
    for (int strip = 1; owner.labels() - strip > origin.labels(); strip++) {
      if (isCut(new Name(owner, strip))) {
        return true;
      }
    }
    return false;
  }

  /**
   * The last owner of the NSEC chain before {@code name}, itself excluded; null in an empty zone.
   */
  private Name chainBefore(Name name) {
    Name before = nodes.lowerKey(name);
    while (before != null && isBelowCut(before)) {
      before = nodes.lowerKey(before);
    }
    if (before != null || nodes.isEmpty()) {
      return before;
    }
    before = nodes.lastKey();
    while (before != null && isBelowCut(before)) {
      before = nodes.lowerKey(before);
    }
    return before;
  }

  private Name chainAfter(Name name) {
    Name after = nodes.higherKey(name);
    while (after != null && isBelowCut(after)) {
      after = nodes.higherKey(after);
    }
    return after == null ? origin : after;
  }

  @Override
  public Optional<Neighbours> nsecNeighbours(Name name) {
    return locked(
        () -> {
          if (soa().isEmpty()) {
            return Optional.empty();
          }
          Name before = nodes.containsKey(name) && !isBelowCut(name) ? name : chainBefore(name);
          return Optional.of(
              new Neighbours(
                  RrsetSigner.lowerCase(before), RrsetSigner.lowerCase(chainAfter(name))));
        });
  }

  @Override
  public Optional<HashedNeighbours> nsec3Neighbours(String hash) {
    return locked(
        () -> soa().isEmpty() ? Optional.empty() : hashedChain.around(hash, this::hashed));
  }

  /** The names of the NSEC3 chain (RFC 5155, section 7.1), empty non-terminals included. */
  private Set<Name> hashed(boolean optOut) {
    Set<Name> owners = new HashSet<>();
    for (Map.Entry<Name, Node> entry : nodes.entrySet()) {
      Name owner = entry.getKey();
      boolean insecure = isCut(owner) && !entry.getValue().has(Type.DS);
      // In a zone signed elsewhere the signatures of NSEC3 records are rows at their hashed names.
      boolean hash = entry.getValue().sets().keySet().equals(Set.of(Type.RRSIG));
      if (isBelowCut(owner) || (optOut && insecure) || hash) {
        continue;
      }
      for (Name n = owner; n.labels() >= origin.labels(); n = new Name(n, 1)) {
        if (!owners.add(RrsetSigner.lowerCase(n)) || n.equals(origin)) {
          break;
        }
      }
    }
    return owners;
  }

  @Override
  public Stream<AnswerRow> list() {
    return locked(
        () -> {
          List<AnswerRow> rows = new ArrayList<>();
          for (Name owner : nodes.keySet()) {
            rows.addAll(answer(owner).orElseThrow().rows());
          }
          rows.sort(java.util.Comparator.comparing(row -> !row.type().equals("SOA")));
          return rows;
        })
        .stream();
  }

  @Override
  public Map<String, List<String>> metadata() {
    return java.util.Collections.unmodifiableMap(metadata);
  }

  @Override
  public List<CryptoKey> cryptokeys() {
    return cryptokeys;
  }

  @Override
  public List<RecordProblem> problems() {
    return locked(
        () -> {
          List<RecordProblem> all = new ArrayList<>();
          if (soa().isEmpty()) {
            all.add(
                new RecordProblem(
                    "", "", "", "the zone has no SOA record and is not served; insert one"));
          }
          problems.values().forEach(all::addAll);
          return all;
        });
  }

  private <T> T locked(Supplier<T> read) {
    lock.readLock().lock();
    try {
      return read.get();
    } finally {
      lock.readLock().unlock();
    }
  }
}
