package org.keyward.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A stored event with its place in the chain.
 *
 * @param fields what {@link #FIELDS} names, as stored; null where there is none
 */
public record AuditRow(long id, String at, List<String> fields, byte[] hash) {
  /** The names of {@link #fields}, in their order. */
  public static final List<String> FIELDS =
      List.of(
          "actor",
          "action",
          "result",
          "zone",
          "token_serial",
          "key_label",
          "cka_id",
          "key_tag",
          "detail");

  /** The keys of {@link #toMap}. */
  static final List<String> COLUMNS = columns();

  private static List<String> columns() {
    List<String> columns = new ArrayList<>(List.of("id", "at"));
    columns.addAll(FIELDS);
    columns.add("hash");
    return List.copyOf(columns);
  }

  public AuditRow {
    fields = java.util.Collections.unmodifiableList(new java.util.ArrayList<>(fields));
    hash = hash.clone();
  }

  @Override
  public byte[] hash() {
    return hash.clone();
  }

  /** By its name, empty text where there is none. */
  public String field(String name) {
    String value = fields.get(FIELDS.indexOf(name));
    return value == null ? "" : value;
  }

  /** For people and programs; the hash in hex. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", id);
    map.put("at", at);
    for (int i = 0; i < FIELDS.size(); i++) {
      map.put(FIELDS.get(i), fields.get(i));
    }
    map.put("hash", HexFormat.of().formatHex(hash));
    return map;
  }

  boolean hasHash(byte[] other) {
    return Arrays.equals(hash, other);
  }
}
