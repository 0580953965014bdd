package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.keyward.dnssec.RrsetSigner;
import org.xbill.DNS.Name;

/**
 * Makes what a zone will answer after the next renewal of its signatures, for names that were asked
 * for.
 */
final class UpcomingAnswers {
  /** Signatures are renewed ahead in the last part of a step. */
  private static final int AHEAD = 20;

  /** How many names are looked at in a step. */
  private static final int LOOKED_AT = 10_000;

  private final ZoneTree tree;
  private final Denial denial;
  private final ZoneAnswers answers;
  private final ZoneSigner signer;

  UpcomingAnswers(ZoneTree tree, Denial denial, ZoneAnswers answers, ZoneSigner signer) {
    this.tree = tree;
    this.denial = denial;
    this.answers = answers;
    this.signer = signer;
  }

  /**
   * Does nothing until the renewal is near.
   *
   * @param after the name where an earlier step ended; empty to begin
   * @param limit how many to make at most
   * @return where this step ended; empty when nothing is left to do
   */
  Optional<Name> make(Optional<Name> after, int limit, Clock clock) {
    Instant now = clock.instant();
    Instant next = signer.lasting(now).until();
    boolean near = !now.isBefore(next.minus(signer.step().dividedBy(AHEAD)));
    if (!near
        || !signer.mode().showsSignatures(next)
        || denial.lasting(now).until().isBefore(next)) {
      return Optional.empty();
    }
    int made = 0;
    int seen = 0;
    for (Map.Entry<Name, Node> entry : tree.from(after)) {
      Name owner = entry.getKey();
      Node node = entry.getValue();
      if (node.wantsUpcoming() && !tree.isHidden(owner)) {
        synchronized (node) {
          node.keepUpcoming(answers.make(RrsetSigner.lowerCase(owner), node, next));
        }
        made++;
      }
      if (made == limit || ++seen == LOOKED_AT) {
        return Optional.of(owner);
      }
    }
    return Optional.empty();
  }
}
