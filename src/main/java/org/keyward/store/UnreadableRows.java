package org.keyward.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.zone.RecordProblem;

/** Rows of {@code records} whose names are no names, or that have no content. */
final class UnreadableRows {
  private UnreadableRows() {}

  /** Of zones with these ids. Of names that are plain and short nothing is wrong. */
  static Map<Integer, List<RecordProblem>> of(Handle handle, int first, int last) {
    Map<Integer, List<RecordProblem>> byZone = new HashMap<>();
    handle
        .createQuery(
            """
            SELECT domain_id, name, type, content FROM public.records
            WHERE domain_id BETWEEN :first AND :last AND NOT coalesce(disabled, false)
              AND coalesce(type, '') NOT IN ('', 'TYPE0')
              AND (content IS NULL OR name IS NULL OR length(name) > 63 OR name LIKE '.%'
                OR name LIKE '%..%' OR name ~ '[^a-z0-9_.*-]')
            ORDER BY id
            """)
        .bind("first", first)
        .bind("last", last)
        .setFetchSize(10_000)
        .map(
            (row, context) ->
                Map.entry(
                    row.getInt("domain_id"),
                    problem(
                        row.getString("name"), row.getString("type"), row.getString("content"))))
        .forEach(
            row ->
                row.getValue()
                    .ifPresent(
                        problem ->
                            byZone
                                .computeIfAbsent(row.getKey(), id -> new ArrayList<>())
                                .add(problem)));
    return byZone;
  }

  private static Optional<RecordProblem> problem(String name, String type, String content) {
    String text = String.valueOf(name);
    if (StoredNames.parse(name).isEmpty()) {
      return Optional.of(
          new RecordProblem(text, type, String.valueOf(content), "its name is no domain name"));
    }
    return content == null
        ? Optional.of(new RecordProblem(text, type, "", "it has no content"))
        : Optional.empty();
  }
}
