package org.keyward.zone;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What is at one name of a zone. The records never change: a change of the name is a new node.
 * Guarded by the zone's lock for its records, by its own monitor for what is made of them.
 */
final class Node extends Kept {
  private final SortedMap<Integer, List<Record>> sets;
  private final List<RecordRow> rows;

  /**
   * @param rows what is served, in the order of the storage
   * @param records the same, parsed; without those that only PowerDNS understands
   */
  Node(List<RecordRow> rows, List<Record> records) {
    this.rows = List.copyOf(rows);
    this.sets = new TreeMap<>();
    for (Record record : records) {
      sets.computeIfAbsent(record.getType(), type -> new java.util.ArrayList<>()).add(record);
    }
  }

  /** This node with records that are not stored. */
  Node and(List<Record> made) {
    if (made.isEmpty()) {
      return this;
    }
    List<RecordRow> allRows = new ArrayList<>(rows);
    List<Record> all = new ArrayList<>(made);
    for (Record record : made) {
      allRows.add(
          new RecordRow(
              0,
              record.getName(),
              Type.string(record.getType()),
              record.rdataToString(),
              record.getTTL(),
              0));
    }
    sets.values().forEach(all::addAll);
    return new Node(allRows, all);
  }

  List<RecordRow> rows() {
    return rows;
  }

  SortedMap<Integer, List<Record>> sets() {
    return sets;
  }

  boolean has(int type) {
    return sets.containsKey(type);
  }

  /**
   * In a zone signed elsewhere the signatures of NSEC3 records are rows at their hashed names,
   * which are not names of the zone.
   */
  boolean isSignaturesOnly() {
    return sets.keySet().equals(Set.of(Type.RRSIG)) && rows.stream().allMatch(Node::isSignature);
  }

  private static boolean isSignature(RecordRow row) {
    return row.type().equals("RRSIG");
  }
}
