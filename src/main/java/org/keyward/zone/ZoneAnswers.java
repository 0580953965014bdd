package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * Answers of one version of a zone. Each is made when it is first asked for, and kept where all
 * versions find it that have the same at the name.
 */
final class ZoneAnswers {
  /** Of a hash in base32, as a name's first label. */
  private static final int HASH_LENGTH = 32;

  /** At the apex these are signed by the KSK alone (RFC 7344, section 4.1). */
  private static final Set<Integer> KSK_SIGNED = Set.of(Type.DNSKEY, Type.CDS, Type.CDNSKEY);

  private final ZoneTree tree;
  private final Denial denial;
  private final Optional<ZoneSigner> signer;
  private final Clock clock;

  ZoneAnswers(ZoneTree tree, Denial denial, Optional<ZoneSigner> signer, Clock clock) {
    this.tree = tree;
    this.denial = denial;
    this.signer = signer;
    this.clock = clock;
  }

  boolean areSigned() {
    return signer.isPresent();
  }

  boolean showSignatures(Instant at) {
    return signer.isPresent() && signer.get().mode().showsSignatures(at);
  }

  /** As {@link Zone#lookup}. */
  Optional<Answer> at(Name owner) {
    Node node = tree.node(owner);
    Answer made = node == null || mayBeHash(owner) ? null : node.answer(clock);
    return made != null ? Optional.of(made) : answer(RrsetSigner.lowerCase(owner));
  }

  /** Whether an answer of the denial chain may belong to that of the node. */
  private boolean mayBeHash(Name owner) {
    return denial.hasHashes()
        && owner.labels() == tree.origin().labels() + 1
        && owner.getLabel(0)[0] == HASH_LENGTH;
  }

  private Optional<Answer> answer(Name owner) {
    Node node = tree.isHidden(owner) ? null : tree.node(owner);
    Optional<Answer> stored = node == null ? Optional.empty() : Optional.of(kept(owner, node));
    Instant now = clock.instant();
    if (showSignatures(now)) {
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

  private Answer emptyNonTerminal(Name owner) {
    boolean encloses = !tree.isBelowCut(owner) && denial.mayEnclose(owner);
    return new Answer(List.of(emptyNonTerminal(owner, encloses)));
  }

  static AnswerRow emptyNonTerminal(Name owner, boolean auth) {
    return new AnswerRow(owner, "", "", 0, auth);
  }

  /**
   * The answer of now at a name.
   *
   * @param owner in lower case
   */
  Answer kept(Name owner, Kept kept) {
    Answer answer = kept.answer(clock);
    if (answer == null) {
      synchronized (kept) {
        answer = make(owner, kept, clock.instant());
        kept.keep(answer);
      }
    }
    return answer;
  }

  /** The same at another time, not kept. */
  Answer make(Name owner, Kept kept, Instant at) {
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
    if (owner.equals(tree.origin())) {
      rows.removeIf(row -> row.type().equals("DNSKEY"));
      if (signer.get().mode().showsKeySet(now)) {
        rows.addAll(signer.get().keyRows(now, soaMinimum()));
      }
      if (signer.get().mode().mode() == SigningMode.SPLIT) {
        rows.replaceAll(row -> withMinimumOfKeys(row, now));
      }
    }
    if (!below && showSignatures(now)) {
      rows.addAll(signatures(owner, node, cut, now));
    }
    Interval lasting = lasting(now);
    return new Answer(
        rows, owner.equals(tree.origin()) ? lasting.and(signer.get().setsLasting(now)) : lasting);
  }

  /** The rows at a name without signatures. */
  List<AnswerRow> stored(Name owner, Node node) {
    return stored(owner, node, tree.isBelowCut(owner), tree.isCut(owner, node));
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
    if (!row.type().equals("SOA") || ttl == soaMinimum() || showSignatures(now)) {
      return row;
    }
    String content = row.content().strip().replaceFirst("\\S+$", Long.toString(ttl));
    return new AnswerRow(row.owner(), row.type(), content, row.ttl(), row.auth());
  }

  private Answer hashed(Name owner, Instant now) {
    return new Answer(signatures(owner, chains(owner, true, now), now), lasting(now));
  }

  /** At a name that is a hash too, a chain has an answer of its own beside that of the node. */
  private List<DenialChain> chains(Name owner, boolean own, Instant now) {
    return denial.chains(now).stream().filter(chain -> chain.at(owner).isPresent() == own).toList();
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
      boolean signed =
          cut ? type == Type.DS : !owner.equals(tree.origin()) || !KSK_SIGNED.contains(type);
      if (signed) {
        rows.addAll(
            made.computeIfAbsent(type, key -> signer.get().sign(owner, set.getValue(), window)));
      }
    }
    if (owner.equals(tree.origin())) {
      rows.addAll(signer.get().childSignatures(now));
    }
    rows.addAll(signatures(owner, chains(owner, false, now), now));
    if (!cut) {
      return rows;
    }
    // PowerDNS wants RRSIG rows at a delegation as not authoritative.
    return rows.stream()
        .map(r -> new AnswerRow(r.owner(), r.type(), r.content(), r.ttl(), false))
        .toList();
  }

  private List<AnswerRow> signatures(Name owner, List<DenialChain> chains, Instant now) {
    ZoneSigner by = signer.orElseThrow();
    ValidityWindow window = by.window(now);
    List<AnswerRow> rows = new ArrayList<>();
    for (DenialChain chain : chains) {
      rows.addAll(chain.signatures(owner, by, window));
    }
    return rows;
  }
}
