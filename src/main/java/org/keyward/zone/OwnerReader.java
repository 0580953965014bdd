package org.keyward.zone;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.Name;

/** Makes of all rows at a name what is served there. */
final class OwnerReader {
  private final NodeReader reader;
  private final boolean signed;

  /**
   * @param signed whether somebody signs the zone
   */
  OwnerReader(NodeReader reader, boolean signed) {
    this.reader = reader;
    this.signed = signed;
  }

  /** What is to be at a name, and what is left out of it. */
  record Read(Optional<Node> node, List<RecordProblem> problems) {
    static final Read NOTHING = new Read(Optional.empty(), List.of());
  }

  static Map<Name, List<RecordRow>> byOwner(Collection<RecordRow> rows) {
    Map<Name, List<RecordRow>> grouped = new LinkedHashMap<>();
    Name before = null;
    List<RecordRow> own = List.of();
    for (RecordRow row : rows) {
      if (!row.owner().equals(before)) {
        before = row.owner();
        own = grouped.computeIfAbsent(before, owner -> new ArrayList<>(2));
      }
      own.add(row);
    }
    return grouped;
  }

  /**
   * @param rows all at one name
   */
  Read read(List<RecordRow> rows) {
    List<RecordRow> records = withoutEmptyNonTerminals(rows);
    if (records.isEmpty()) {
      // PowerDNS's rectify deletes those with nothing below; the chains are made as if it had run.
      return signed ? Read.NOTHING : new Read(Optional.of(new Node(rows)), List.of());
    }
    List<RecordProblem> problems = new ArrayList<>(0);
    return new Read(reader.read(records, problems), problems);
  }

  private static List<RecordRow> withoutEmptyNonTerminals(List<RecordRow> rows) {
    return rows.stream().anyMatch(RecordRow::isEmptyNonTerminal)
        ? rows.stream().filter(row -> !row.isEmptyNonTerminal()).toList()
        : rows;
  }
}
