package org.keyward.zone;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.keyward.dnssec.RrsetSigner;
import org.xbill.DNS.Name;

/** All rows of a zone, as a transfer wants them. */
final class ZoneTransfer {
  private static final Comparator<AnswerRow> SOA_FIRST =
      Comparator.comparing(row -> !row.type().equals("SOA"));

  private final ZoneTree tree;
  private final Denial denial;
  private final ZoneAnswers answers;
  private final Clock clock;

  ZoneTransfer(ZoneTree tree, Denial denial, ZoneAnswers answers, Clock clock) {
    this.tree = tree;
    this.denial = denial;
    this.answers = answers;
    this.clock = clock;
  }

  /** SOA first. */
  Stream<AnswerRow> rows() {
    if (!answers.areSigned()) {
      return Stream.concat(names().flatMap(this::unsignedRows), emptyNonTerminals());
    }
    signAll();
    return signedRows().stream();
  }

  private Stream<Map.Entry<Name, Node>> names() {
    return java.util.stream.StreamSupport.stream(tree.from(Optional.empty()).spliterator(), false)
        .filter(entry -> !tree.isHidden(entry.getKey()));
  }

  private Stream<AnswerRow> unsignedRows(Map.Entry<Name, Node> entry) {
    Name owner = RrsetSigner.lowerCase(entry.getKey());
    return answers.stored(owner, entry.getValue()).stream().sorted(SOA_FIRST);
  }

  private Stream<AnswerRow> emptyNonTerminals() {
    return denial.emptyNonTerminals(clock.instant()).stream()
        .map(owner -> ZoneAnswers.emptyNonTerminal(owner, true));
  }

  /** Makes what is not made yet of all answers of now, on all processors. */
  private void signAll() {
    if (!answers.showSignatures(clock.instant())) {
      return;
    }
    ManyNames.inParallel(
        names().map(Map.Entry::getKey).toList(),
        owners -> owners.forEach(owner -> rows(owner, tree.node(owner))));
    ManyNames.inParallel(
        denial.chains(clock.instant()).get(0).owners(), owners -> owners.forEach(this::chainRows));
  }

  private List<AnswerRow> rows(Name owner, Node node) {
    return answers.kept(RrsetSigner.lowerCase(owner), node).rows();
  }

  /** What the chain in use has at a name that only it knows. */
  private List<AnswerRow> chainRows(Name owner) {
    return denial
        .chains(clock.instant())
        .get(0)
        .at(owner)
        .map(link -> answers.kept(owner, link).rows())
        .orElse(List.of());
  }

  private List<AnswerRow> signedRows() {
    List<AnswerRow> rows = new ArrayList<>();
    names().forEach(entry -> rows.addAll(rows(entry.getKey(), entry.getValue())));
    if (answers.showSignatures(clock.instant())) {
      addCurrentChain(rows);
    } else {
      rows.removeIf(row -> row.type().equals("RRSIG"));
      emptyNonTerminals().forEach(rows::add);
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
}
