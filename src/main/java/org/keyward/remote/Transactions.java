package org.keyward.remote;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.keyward.background.RepeatedTask;
import org.keyward.dnssec.NameText;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open transactions of all connections: bounded in number, and rolled back when nobody asks for
 * them any more. Thread-safe.
 */
final class Transactions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);

  private final TransactionLimits limits;
  private final Semaphore free;
  private final Set<OpenTransaction> open = ConcurrentHashMap.newKeySet();
  private final RepeatedTask sweeps;

  Transactions(TransactionLimits limits) {
    this.limits = limits;
    this.free = new Semaphore(limits.most());
    Duration pause = Duration.ofMillis(Math.max(1, limits.idle().toMillis() / 4));
    this.sweeps = RepeatedTask.every(pause, "pdns-transactions", this::sweep).startAfter(pause);
  }

  OpenTransaction begin(Supplier<ZoneWriter.Transaction> begin) {
    if (!free.tryAcquire()) {
      throw new WriteRefusedException(
          limits.most() + " transactions are open already (backend.transactions); try again");
    }
    try {
      OpenTransaction begun = new OpenTransaction(begin.get(), this::ended);
      open.add(begun);
      return begun;
    } catch (RuntimeException e) {
      free.release();
      throw e;
    }
  }

  private void ended(OpenTransaction ended) {
    if (open.remove(ended)) {
      free.release();
    }
  }

  private void sweep() {
    for (OpenTransaction transaction : open) {
      if (transaction.endIfIdle(limits.idle())) {
        LOG.warn(
            "zone {}: rolled back a transaction that PowerDNS left alone for {} s"
                + " (backend.transaction-idle)",
            NameText.of(transaction.origin()),
            limits.idle().toSeconds());
      }
    }
  }

  @Override
  public void close() {
    sweeps.close();
    open.forEach(OpenTransaction::close);
  }
}
