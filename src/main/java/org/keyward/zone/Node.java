package org.keyward.zone;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What is at one name of a zone. The records never change: a change of the name is a new node. What
 * is made of them, signatures and the answer, is kept until it is dropped. Guarded by the zone's
 * lock for its records, by its own monitor for what is made of them.
 */
final class Node {
  private final SortedMap<Integer, List<Record>> sets;
  private final List<RecordRow> rows;
  private final Map<Integer, List<AnswerRow>> signatures = new HashMap<>();
  private ValidityWindow signedFor;
  private volatile Answer answer;

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

  List<RecordRow> rows() {
    return rows;
  }

  SortedMap<Integer, List<Record>> sets() {
    return sets;
  }

  boolean has(int type) {
    return sets.containsKey(type);
  }

  Answer answer() {
    return answer;
  }

  void keep(Answer made) {
    answer = made;
  }

  /** Signatures of this window by type; one of another window starts anew. */
  Map<Integer, List<AnswerRow>> signatures(ValidityWindow window) {
    if (!window.equals(signedFor)) {
      signatures.clear();
      signedFor = window;
    }
    return signatures;
  }

  /** The name after this one in the NSEC chain, or its bitmap, changed. */
  synchronized void dropNsec() {
    signatures.remove(Type.NSEC);
    answer = null;
  }

  /** Authority, TTLs or keys changed. */
  synchronized void dropAll() {
    signatures.clear();
    answer = null;
  }
}
