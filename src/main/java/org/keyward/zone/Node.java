package org.keyward.zone;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What is at one name of a zone: the rows alone, since there are millions; records are parsed of
 * them when something is signed. The rows never change: a change of the name is a new node, and so
 * is another answer at it. Guarded by its own monitor for what is made of them.
 */
final class Node extends Kept {
  /**
   * An estimate, with the name and its place in the tree, and what is made when it is asked for.
   */
  private static final int BYTES = 240;

  /** The same for a row without its texts, which are there once more in the answer. */
  private static final int BYTES_OF_ROW = 210;

  private static final String SIGNATURE = "RRSIG";

  private final RecordRow[] rows;

  /**
   * @param rows what is served, in the order of the storage; each that Keyward reads can be parsed,
   *     and none of them is there twice
   */
  Node(List<RecordRow> rows) {
    this.rows = rows.toArray(RecordRow[]::new);
  }

  private Node(RecordRow[] rows) {
    this.rows = rows;
  }

  private Node(Node before, int signature) {
    super(before, signature);
    this.rows = before.rows;
  }

  /** The same rows where authority, TTLs or keys are others: nothing is made of them. */
  Node renewed() {
    return new Node(rows);
  }

  /** The same rows before another next name: the other signatures stay. */
  Node withOtherNext() {
    return new Node(this, Type.NSEC);
  }

  /** The same rows where the KSK has signed other sets: the signatures made here stay. */
  Node withOtherKeySets() {
    return new Node(this, Type.DNSKEY);
  }

  /** This node with records that are not stored. */
  Node and(List<Record> made) {
    if (made.isEmpty()) {
      return this;
    }
    List<RecordRow> all = new ArrayList<>(rows());
    for (Record record : made) {
      all.add(
          new RecordRow(
              0,
              record.getName(),
              Type.string(record.getType()),
              record.rdataToString(),
              record.getTTL(),
              0));
    }
    return new Node(all);
  }

  List<RecordRow> rows() {
    return List.of(rows);
  }

  /** How much memory it takes once it was asked for, about. */
  int weight() {
    int bytes = BYTES + rows[0].owner().length();
    for (RecordRow row : rows) {
      bytes += BYTES_OF_ROW + 2 * row.content().length() + row.owner().length();
    }
    return bytes;
  }

  /** The sets by type, without the rows that only PowerDNS understands. */
  SortedMap<Integer, List<Record>> sets() {
    SortedMap<Integer, List<Record>> sets = new TreeMap<>();
    for (RecordRow row : rows) {
      if (isRead(row)) {
        sets.computeIfAbsent(RecordParser.number(row), type -> new ArrayList<>(2)).add(parse(row));
      }
    }
    return sets;
  }

  /** The types of the sets, ascending. */
  Set<Integer> types() {
    Set<Integer> types = new TreeSet<>();
    for (RecordRow row : rows) {
      if (isRead(row)) {
        types.add(RecordParser.number(row));
      }
    }
    return types;
  }

  /** The set of one type; empty when there is none. */
  List<Record> set(String type) {
    List<Record> set = new ArrayList<>(1);
    for (RecordRow row : rows) {
      if (row.type().equals(type)) {
        set.add(parse(row));
      }
    }
    return set;
  }

  private static boolean isRead(RecordRow row) {
    return !RecordParser.isLive(row) && !row.isEmptyNonTerminal();
  }

  private Record parse(RecordRow row) {
    try {
      return RecordParser.parse(row, ttl(row));
    } catch (IOException e) {
      throw new IllegalStateException("it was read before: " + row, e);
    }
  }

  /**
   * Records of a set have one TTL (RFC 2181, section 5.2): the first one's. Signatures are no set:
   * each has the TTL of what it covers (RFC 4034, section 3).
   */
  long ttl(RecordRow row) {
    if (row.type().equals(SIGNATURE) || !isRead(row)) {
      return row.ttl();
    }
    for (RecordRow first : rows) {
      if (first.type().equals(row.type())) {
        return first.ttl();
      }
    }
    return row.ttl();
  }

  /** The content of the first row of that type, which is there. */
  String content(String type) {
    for (RecordRow row : rows) {
      if (row.type().equals(type)) {
        return row.content();
      }
    }
    throw new NoSuchElementException("no row of type " + type);
  }

  /**
   * @param type as rows have it
   */
  boolean has(String type) {
    for (RecordRow row : rows) {
      if (row.type().equals(type)) {
        return true;
      }
    }
    return false;
  }

  /**
   * In a zone signed elsewhere the signatures of NSEC3 records are rows at their hashed names,
   * which are not names of the zone.
   */
  boolean isSignaturesOnly() {
    for (RecordRow row : rows) {
      if (!row.type().equals(SIGNATURE)) {
        return false;
      }
    }
    return true;
  }
}
