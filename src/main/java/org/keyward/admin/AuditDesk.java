package org.keyward.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.AuditReport;
import org.keyward.audit.AuditRow;
import org.keyward.audit.AuditVerification;
import org.keyward.audit.KeyHistory;
import org.xbill.DNS.Name;

/** Port to the audit log: the same that the {@code audit} commands read. */
public interface AuditDesk {
  /**
   * The newest first.
   *
   * @param before only rows with a lower number
   */
  List<AuditRow> newest(AuditFilter filter, Optional<Long> before, int limit);

  /** The oldest first. */
  void forEach(AuditFilter filter, Consumer<AuditRow> consumer);

  /** What was done with the keys of a zone, also of one that is gone, in the order of the times. */
  List<KeyHistory.Change> keys(Name zone);

  /**
   * @param head a hash that was written down before, in hex
   */
  AuditVerification verify(Optional<String> head);

  /**
   * @param to the first moment that is left out
   */
  AuditReport report(Instant from, Instant to);
}
