package org.keyward.audit;

import java.time.Instant;
import java.util.List;

/**
 * What a person signs off for a period.
 *
 * @param head the last hash of the log when the report was made
 * @param fault what is wrong with the log's chain; empty when nothing is
 * @param anomalies refusals and failures in the log, and findings of the period: one line each
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

  /** A zone and the key that it used at a moment. */
  public record Assignment(
      String zone, String token, String label, int keyTag, Instant since, String by, String why) {}

  /** An event that was no signature. */
  public record Change(String at, String actor, String what, String zone, String key, String why) {}

  /** How often a key signed. */
  public record Signatures(String token, String label, String keyTag, long count) {}
}
