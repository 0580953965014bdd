package org.keyward.zone;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * What the rows of a zone make: its tree of names, and what is left out of it. Never changes.
 *
 * @param storedApex without the CDS and CDNSKEY sets that the KSK has signed
 * @param problems what is left out, by name
 */
record ZoneContents(
    ZoneTree tree, Optional<Node> storedApex, PersistentMap<Name, List<RecordProblem>> problems) {
  /** The contents after a change, and what that is to the tree. */
  record Changed(ZoneContents contents, TreeChange tree) {}

  /**
   * @param children the CDS and CDNSKEY records that the KSK has signed
   * @param signedAhead whether the zone is served with signatures that are made before
   * @param signed whether somebody signs it at all
   */
  static ZoneContents of(
      Name origin,
      Collection<RecordRow> rows,
      OwnerReader reader,
      List<Record> children,
      boolean signedAhead,
      boolean signed) {
    List<Map.Entry<Name, List<RecordRow>>> sorted =
        new ArrayList<>(OwnerReader.byOwner(rows).entrySet());
    sorted.sort(Map.Entry.comparingByKey());
    Optional<Node> storedApex = Optional.empty();
    List<Name> owners = new ArrayList<>(sorted.size());
    List<Node> nodes = new ArrayList<>(sorted.size());
    List<Name> faulty = new ArrayList<>(0);
    List<List<RecordProblem>> problems = new ArrayList<>(0);
    for (Map.Entry<Name, List<RecordRow>> entry : sorted) {
      Name owner = entry.getKey();
      OwnerReader.Read read = reader.read(entry.getValue());
      Optional<Node> node = read.node();
      if (owner.equals(origin)) {
        storedApex = node;
        node = node.map(apex -> apex.and(children));
      }
      if (node.isPresent()) {
        owners.add(owner);
        nodes.add(node.get());
      }
      if (!read.problems().isEmpty()) {
        faulty.add(owner);
        problems.add(read.problems());
      }
    }
    return new ZoneContents(
        new ZoneTree(origin, owners, nodes, signedAhead, signed),
        storedApex,
        PersistentMap.ofSorted(faulty, problems));
  }

  /**
   * @param read what is at the name now
   * @param children as in {@link #of}
   */
  Changed with(Name owner, OwnerReader.Read read, List<Record> children) {
    boolean apex = owner.equals(tree.origin());
    TreeChange change =
        TreeChange.of(
            tree, owner, apex ? read.node().map(node -> node.and(children)) : read.node());
    return new Changed(
        new ZoneContents(
            change.after(),
            apex ? read.node() : storedApex,
            read.problems().isEmpty()
                ? problems.without(owner)
                : problems.with(owner, read.problems())),
        change);
  }

  /** The same rows with other CDS and CDNSKEY records that the KSK has signed. */
  Changed withChildren(List<Record> children) {
    TreeChange change =
        TreeChange.of(tree, tree.origin(), storedApex.map(node -> node.and(children)));
    return new Changed(new ZoneContents(change.after(), storedApex, problems), change);
  }

  /** The same rows with another answer at the apex, of the same signatures. */
  ZoneContents withOtherKeySets() {
    return new ZoneContents(tree.withOtherKeySets(), storedApex, problems);
  }
}
