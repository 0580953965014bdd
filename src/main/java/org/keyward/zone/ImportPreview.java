package org.keyward.zone;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/**
 * What an import would change.
 *
 * @param isNew whether the zone would be made
 * @param added records that are not there yet, each as a line of a master file
 * @param removed records that would go
 * @param kept how many stay as they are
 */
public record ImportPreview(boolean isNew, List<String> added, List<String> removed, int kept) {
  public ImportPreview {
    added = List.copyOf(added);
    removed = List.copyOf(removed);
  }

  /** Of what would change, of each kind. */
  private static final int SHOWN = 50;

  /** The first of them. */
  public List<String> shownAdded() {
    return added.stream().limit(SHOWN).toList();
  }

  public List<String> shownRemoved() {
    return removed.stream().limit(SHOWN).toList();
  }

  /** In a sentence. */
  public String summary(Name zone) {
    return "would %s %s: %d records added%s, %d removed%s, %d as they are"
        .formatted(
            isNew ? "make the zone" : "change",
            NameText.of(zone),
            added.size(),
            shown(added.size()),
            removed.size(),
            shown(removed.size()),
            kept);
  }

  private static String shown(int count) {
    return count > SHOWN ? " (" + SHOWN + " shown)" : "";
  }

  /** From what is there to what is wanted. */
  public static ImportPreview of(boolean isNew, List<RecordRow> there, List<RecordRow> wanted) {
    Map<String, Integer> left = new HashMap<>();
    there.forEach(row -> left.merge(line(row), 1, Integer::sum));
    List<String> added = new ArrayList<>();
    int kept = 0;
    for (RecordRow row : wanted) {
      String line = line(row);
      if (left.getOrDefault(line, 0) > 0) {
        left.merge(line, -1, Integer::sum);
        kept++;
      } else {
        added.add(line);
      }
    }
    List<String> removed = new ArrayList<>();
    left.forEach(
        (line, count) -> {
          for (int i = 0; i < count; i++) {
            removed.add(line);
          }
        });
    removed.sort(null);
    return new ImportPreview(isNew, added, removed, kept);
  }

  private static String line(RecordRow row) {
    Name owner = row.owner();
    boolean ranked = row.type().equals("MX") || row.type().equals("SRV");
    return NameText.of(owner)
        + " "
        + row.ttl()
        + " "
        + row.type()
        + " "
        + (ranked ? row.priority() + " " : "")
        + row.content();
  }
}
