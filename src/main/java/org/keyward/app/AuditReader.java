package org.keyward.app;

import java.util.List;
import java.util.function.Consumer;
import org.keyward.audit.AuditRow;
import org.keyward.config.KeywardConfig;
import org.keyward.store.PostgresAudit;

/** What the {@code audit} commands read. */
public final class AuditReader implements AutoCloseable {
  private final Storage storage;
  private final PostgresAudit audit;

  private AuditReader(Storage storage) {
    this.storage = storage;
    this.audit = new PostgresAudit(storage.database());
  }

  public static AuditReader open(KeywardConfig config) {
    return new AuditReader(Storage.open(config));
  }

  /** The names of {@link AuditRow#fields}. */
  public static List<String> fieldNames() {
    return PostgresAudit.fieldNames();
  }

  /** The newest events first. */
  public List<AuditRow> newest(int limit) {
    return audit.newest(limit);
  }

  /** All events, oldest first. */
  public void forEach(Consumer<AuditRow> consumer) {
    audit.forEach(consumer);
  }

  /**
   * Follows the whole chain of hashes.
   *
   * @return how many events there are and the last hash
   * @throws IllegalStateException naming the first fault
   */
  public String verify() {
    PostgresAudit.Verification found = audit.verify();
    if (found.fault().isPresent()) {
      throw new IllegalStateException("the audit log was changed: " + found.fault().get());
    }
    return "verified " + found.count() + " events, last hash " + found.head();
  }

  @Override
  public void close() {
    storage.close();
  }
}
