package org.keyward.app;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.keyward.admin.AuditDesk;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.AuditReport;
import org.keyward.audit.AuditRow;
import org.keyward.audit.AuditVerification;
import org.keyward.audit.KeyHistory;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.NameText;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresReport;
import org.xbill.DNS.Name;

/** What the {@code audit} commands and the admin API read. */
public final class AuditReader implements AuditDesk, AutoCloseable {
  private final Storage storage;
  private final PostgresAudit audit;
  private final PostgresReport reports;

  AuditReader(Storage storage) {
    this.storage = storage;
    this.audit = new PostgresAudit(storage.database());
    this.reports = new PostgresReport(storage.database());
  }

  public static AuditReader open(KeywardConfig config) {
    return new AuditReader(Storage.open(config));
  }

  @Override
  public List<AuditRow> newest(AuditFilter filter, Optional<Long> before, int limit) {
    return audit.newest(filter, before, limit);
  }

  @Override
  public void forEach(AuditFilter filter, Consumer<AuditRow> consumer) {
    audit.forEach(filter, consumer);
  }

  @Override
  public AuditVerification verify(Optional<String> head) {
    return verify(head, Steps.NOBODY);
  }

  public AuditVerification verify(Optional<String> head, Steps steps) {
    if (head.isPresent() && !head.get().matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("'" + head.get() + "' is not a hash of 64 hex digits");
    }
    long total = audit.count();
    return audit.verify(head, read -> steps.at("verifying events", read, total));
  }

  @Override
  public List<KeyHistory.Change> keys(Name zone) {
    KeyHistory history = new KeyHistory();
    forEach(AuditFilter.ofZone(NameText.of(zone)), history::add);
    return history.changes();
  }

  @Override
  public AuditReport report(Instant from, Instant to) {
    if (!from.isBefore(to)) {
      throw new IllegalArgumentException("the period ends before it begins");
    }
    return reports.report(from, to, storage.clock().instant());
  }

  @Override
  public void close() {
    storage.close();
  }
}
