package org.keyward.zone;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Name;

/**
 * What a change at one name makes of a zone's tree: nodes whose answers become others are other
 * nodes, all that stays is shared.
 *
 * @param touched the names whose node or authority is another: the one that changed, and those
 *     below it when it begins or ceases to hide them
 * @param isOfTtl whether all denial records have another TTL
 */
record TreeChange(ZoneTree before, ZoneTree after, List<Name> touched, boolean isOfTtl) {
  /**
   * @param node what is there now; empty when nothing is
   */
  static TreeChange of(ZoneTree before, Name owner, Optional<Node> node) {
    ZoneTree after = before.with(owner, node);
    List<Name> touched = new ArrayList<>(1);
    touched.add(owner);
    boolean rules = before.rulesBelow(owner) != after.rulesBelow(owner);
    if (rules) {
      touched.addAll(after.below(owner).keySet());
      for (Name below : touched) {
        after = after.renewed(below);
      }
    }
    if (rules || before.isAuthoritative(owner) != after.isAuthoritative(owner)) {
      after = after.withOtherNext(before.before(owner));
      after = after.withOtherNext(after.before(owner));
    }
    boolean ttl = owner.equals(before.origin()) && !before.denialTtl().equals(after.denialTtl());
    return new TreeChange(before, ttl ? after.allRenewed() : after, touched, ttl);
  }
}
