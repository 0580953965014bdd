package org.keyward.remote;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A zone made at random from the shapes that matter: wildcards, delegations with and without glue
 * and DS, empty non-terminals, escapes, CNAME, DNAME, names below all of them.
 *
 * @param signing how PowerDNS signs it
 * @param entries what is below its apex
 */
record RandomZone(Signing signing, List<Entry> entries) {
  private static final String[] LABELS = {
    "a", "b", "c", "sub", "*", "_x", "0", "a\\.b", "a\\032b", "\\200", "-"
  };

  /** How the zone is signed, by PowerDNS with a key in the database. */
  enum Signing {
    UNSIGNED,
    NSEC,
    NSEC3,
    NSEC3_OPT_OUT,
    NSEC3_NARROW;

    boolean hashed() {
      return this == NSEC3 || this == NSEC3_OPT_OUT || this == NSEC3_NARROW;
    }
  }

  /** What is at a name. */
  enum Kind {
    ADDRESS,
    TEXT,
    MAIL,
    SERVICE,
    ALIAS_INSIDE,
    ALIAS_TO_NOTHING,
    ALIAS_OUTSIDE,
    SUBTREE_ALIAS,
    INSECURE_DELEGATION,
    SECURE_DELEGATION,
    DELEGATION_WITHOUT_GLUE
  }

  /**
   * @param labels below the apex, the lowest first
   */
  record Entry(List<String> labels, Kind kind) {}

  /**
   * @param name relative to the apex, empty for it
   */
  record Row(String name, String type, int priority, String content) {}

  /** The same zone for the same seed. */
  static RandomZone of(long seed) {
    Random random = new Random(seed);
    Signing signing = any(random, Signing.values());
    return new RandomZone(signing, some(random, 12, () -> entry(random)));
  }

  private static Entry entry(Random random) {
    return new Entry(some(random, 4, () -> any(random, LABELS)), any(random, Kind.values()));
  }

  /** One to {@code most} of them. */
  private static <T> List<T> some(Random random, int most, Supplier<T> one) {
    return Stream.generate(one).limit(1L + random.nextInt(most)).toList();
  }

  @SafeVarargs
  private static <T> T any(Random random, T... values) {
    return values[random.nextInt(values.length)];
  }

  /** Leaves out what gpgsql itself gets wrong, so that it cannot tell what is right. */
  RandomZone {
    entries = entries.stream().filter(entry -> isRightInGpgsql(signing, entry)).toList();
  }

  /**
   * It puts names with escapes into a wrong order, and denies what is below an empty non-terminal
   * above insecure delegations with an NSEC3 record that is not in its chain.
   */
  private static boolean isRightInGpgsql(Signing signing, Entry entry) {
    boolean escaped = entry.labels().stream().anyMatch(label -> label.contains("\\"));
    boolean insecure =
        entry.kind() == Kind.INSECURE_DELEGATION || entry.kind() == Kind.DELEGATION_WITHOUT_GLUE;
    return !(signing == Signing.NSEC && escaped)
        && !(signing == Signing.NSEC3_OPT_OUT && insecure && entry.labels().size() > 1);
  }

  /**
   * All rows. In signed zones there are but addresses at and below a cut: gpgsql puts whatever else
   * is there into the chain, though it is not the zone's (RFC 4034, section 2.3).
   */
  List<Row> rows() {
    List<Row> rows = consistent();
    return signing == Signing.UNSIGNED
        ? rows
        : rows.stream().filter(row -> isRightInGpgsql(row, rows)).toList();
  }

  private static boolean isRightInGpgsql(Row row, List<Row> rows) {
    boolean below = isBelowCut(row.name(), rows);
    return row.type().startsWith("A")
        || (!below && (row.type().matches("NS|DS") || !isCut(row.name(), rows)));
  }

  private static boolean isCut(String name, List<Row> rows) {
    return !name.isEmpty()
        && rows.stream().anyMatch(row -> row.type().equals("NS") && row.name().equals(name));
  }

  /** An alias is alone at its name, the first come stays. */
  private List<Row> consistent() {
    Map<String, List<Row>> byName = new LinkedHashMap<>();
    byName.put(
        "",
        List.of(
            new Row("", "SOA", 0, "ns1.ZONE hostmaster.ZONE 7 7200 3600 1209600 300"),
            new Row("", "NS", 0, "ns1.ZONE"),
            new Row("", "MX", 10, "a.ZONE")));
    byName.put("ns1", List.of(new Row("ns1", "A", 0, "192.0.2.1")));
    for (Entry entry : entries) {
      String name = String.join(".", entry.labels());
      for (Row row : rows(name, entry.kind())) {
        List<Row> there = byName.computeIfAbsent(row.name(), key -> new ArrayList<>());
        if (there.isEmpty() || (!single(row) && there.stream().noneMatch(RandomZone::single))) {
          byName.put(row.name(), with(there, row));
        }
      }
    }
    return byName.values().stream().flatMap(List::stream).toList();
  }

  private static List<Row> with(List<Row> rows, Row row) {
    List<Row> more = new ArrayList<>(rows);
    if (!more.contains(row)) {
      more.add(row);
    }
    return more;
  }

  private static boolean single(Row row) {
    return row.type().equals("CNAME") || row.type().equals("DNAME");
  }

  private static List<Row> rows(String name, Kind kind) {
    return switch (kind) {
      case ADDRESS -> List.of(new Row(name, "A", 0, "192.0.2.7"), aaaa(name));
      case TEXT -> List.of(new Row(name, "TXT", 0, "\"a \\\"text\\\" \\195\\164;\" \"b\""));
      case MAIL -> List.of(new Row(name, "MX", 10, "a.ZONE"), new Row(name, "MX", 20, "m.test"));
      case SERVICE -> List.of(new Row(name, "SRV", 1, "2 443 b.ZONE"));
      case ALIAS_INSIDE -> List.of(new Row(name, "CNAME", 0, "a.ZONE"));
      case ALIAS_TO_NOTHING -> List.of(new Row(name, "CNAME", 0, "nothing.a.b.ZONE"));
      case ALIAS_OUTSIDE -> List.of(new Row(name, "CNAME", 0, "www.elsewhere.test"));
      case SUBTREE_ALIAS -> List.of(new Row(name, "DNAME", 0, "sub.ZONE"));
      case INSECURE_DELEGATION -> delegation(name);
      case SECURE_DELEGATION -> {
        List<Row> rows = new ArrayList<>(delegation(name));
        rows.add(new Row(name, "DS", 0, "4711 13 2 " + "ab".repeat(32)));
        yield rows;
      }
      case DELEGATION_WITHOUT_GLUE -> List.of(new Row(name, "NS", 0, "ns.elsewhere.test"));
    };
  }

  private static Row aaaa(String name) {
    return new Row(name, "AAAA", 0, "2001:db8::7");
  }

  private static List<Row> delegation(String name) {
    return List.of(
        new Row(name, "NS", 0, "ns." + name + ".ZONE"),
        new Row("ns." + name, "A", 0, "192.0.2.53"),
        aaaa("ns." + name));
  }

  /** Every name, its parents, a child, a sibling, itself in capitals; relative, empty the apex. */
  Set<String> asked() {
    Set<String> names = new LinkedHashSet<>();
    for (Row row : rows()) {
      String name = row.name();
      names.add(name);
      names.add(below("q", name));
      names.add(below("*", name));
      if (!name.isEmpty()) {
        names.add(below("zz", parent(name)));
        names.add(below("\\000", parent(name)));
        names.add(name.toUpperCase(java.util.Locale.ROOT));
      }
      for (String up = name; !up.isEmpty(); up = parent(up)) {
        names.add(up);
      }
    }
    names.add("q.q.q");
    return names;
  }

  /** Whether the name lies below a delegation, and so is not the zone's to answer for. */
  boolean isBelowCut(String name) {
    return isBelowCut(name, rows());
  }

  private static boolean isBelowCut(String name, List<Row> rows) {
    for (String up = name; !up.isEmpty(); ) {
      up = parent(up);
      if (isCut(up, rows)) {
        return true;
      }
    }
    return false;
  }

  private static String below(String label, String name) {
    return name.isEmpty() ? label : label + "." + name;
  }

  /** Of a name whose labels may hold escaped dots. */
  private static String parent(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '\\') {
        i++;
      } else if (name.charAt(i) == '.') {
        return name.substring(i + 1);
      }
    }
    return "";
  }
}
