package org.keyward.audit;

import java.time.Instant;
import java.util.List;

/**
 * What a person signs off for a period.
 *
 * @param head the last hash of the log when the report was made
 * @param fault what is wrong with the log's chain; empty when nothing is
 * @param anomalies refusals and failures in the log, signed zones that were deleted, emptied or
 *     renamed, and findings of the period: one line each, in the order of time
 */
public record AuditReport(
    Instant from,
    Instant to,
    Instant made,
    long events,
    String head,
    String fault,
    List<Assignment> atStart,
    List<Assignment> atEnd,
    List<Change> changes,
    List<Signatures> signatures,
    List<String> anomalies) {
  public AuditReport {
    atStart = List.copyOf(atStart);
    atEnd = List.copyOf(atEnd);
    changes = List.copyOf(changes);
    signatures = List.copyOf(signatures);
    anomalies = List.copyOf(anomalies);
  }

  /**
   * A zone and the key that it used at a moment.
   *
   * @param parent whether the DS at the parent fits, and when it was asked, as of now
   */
  public record Assignment(
      String zone,
      String token,
      String label,
      int keyTag,
      Instant since,
      String by,
      String why,
      String parent) {}

  /** An event that was no signature. */
  public record Change(String at, String actor, String what, String zone, String key, String why) {}

  /** How often a key signed. */
  public record Signatures(String token, String label, String keyTag, long count) {}
}
