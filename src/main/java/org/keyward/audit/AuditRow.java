package org.keyward.audit;

import java.util.Arrays;
import java.util.List;

/**
 * A stored event with its place in the chain.
 *
 * @param fields actor, action, result, zone, token serial, key label, CKA_ID, key tag, detail as
 *     stored; null where there is none
 */
public record AuditRow(long id, String at, List<String> fields, byte[] hash) {
  public AuditRow {
    fields = java.util.Collections.unmodifiableList(new java.util.ArrayList<>(fields));
    hash = hash.clone();
  }

  @Override
  public byte[] hash() {
    return hash.clone();
  }

  boolean hasHash(byte[] other) {
    return Arrays.equals(hash, other);
  }
}
