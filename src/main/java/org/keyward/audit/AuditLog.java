package org.keyward.audit;

/**
 * Port to the append-only log, for events that stand alone. Events that belong to a change are
 * written by the change's own transaction.
 */
public interface AuditLog {
  /** Stored durably when this returns. */
  void append(AuditEvent event);
}
