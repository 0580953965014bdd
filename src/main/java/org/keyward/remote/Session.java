package org.keyward.remote;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneWriter;
import org.xbill.DNS.Name;

/**
 * The transactions of one connection, by PowerDNS's numbers. These are seconds and may be the same
 * on two connections: nobody sees another one's. Closing rolls back what is open.
 */
final class Session implements AutoCloseable {
  private final Transactions transactions;
  private final Map<Long, OpenTransaction> open = new ConcurrentHashMap<>();

  private final Question question;
  private final boolean confidential;
  private final AtomicBoolean knowsTokens = new AtomicBoolean();
  private volatile boolean signaturesAreAskedFor;
  private volatile Contact.Way way;

  /**
   * @param confidential whether nobody but PowerDNS and root can be at the other end
   * @param way how PowerDNS reaches this, as far as is known before it introduces itself
   */
  Session(Transactions transactions, Question question, boolean confidential, Contact.Way way) {
    this.transactions = transactions;
    this.question = question;
    this.confidential = confidential;
    this.way = way;
  }

  Contact.Way way() {
    return way;
  }

  /**
   * PowerDNS begins with the options of its {@code remote-connection-string}: whose client of unix
   * sockets is its own has a path there. What {@code keyward-relay} connects anew says nothing.
   */
  void introduced(Parameters options) {
    if (options.has("path")) {
      way = Contact.Way.UNIX;
    }
  }

  /** Whether PINs may be told. */
  boolean confidential() {
    return confidential;
  }

  Question question() {
    return question;
  }

  /** Whether this is the first key on a token that the connection gets. */
  boolean meetsTokens() {
    return !knowsTokens.getAndSet(true);
  }

  boolean knowsTokens() {
    return knowsTokens.get();
  }

  /** PowerDNS has asked for signatures by their type on this connection. */
  void asksForSignatures() {
    if (!signaturesAreAskedFor) {
      signaturesAreAskedFor = true;
    }
  }

  /**
   * Whether signatures need not be among everything at a name: a PowerDNS that asks for them by
   * their type once ({@code consistent-backends=no}) does so each time, and has to parse those that
   * come along for nothing.
   */
  boolean signaturesAreAskedFor() {
    return signaturesAreAskedFor;
  }

  boolean isEmpty() {
    return open.isEmpty() || open.values().stream().allMatch(OpenTransaction::ended);
  }

  /** One that PowerDNS has left under the same number is rolled back. */
  void begin(long number, Supplier<ZoneWriter.Transaction> begin) {
    end(number);
    open.put(number, transactions.begin(begin));
  }

  OpenTransaction transaction(long number) {
    OpenTransaction found = open.get(number);
    if (found == null) {
      throw new WriteRefusedException(
          "there is no transaction " + number + " on this connection; start one");
    }
    return found;
  }

  /** The transaction that has changed this zone. */
  Optional<OpenTransaction> ofZone(int zoneId) {
    return open.values().stream()
        .filter(transaction -> !transaction.ended() && transaction.zoneId() == zoneId)
        .findFirst();
  }

  /** The transaction on the closest zone at or above the name. */
  Optional<OpenTransaction> above(Name name) {
    return open.values().stream()
        .filter(transaction -> !transaction.ended() && name.subdomain(transaction.origin()))
        .max((a, b) -> Integer.compare(a.origin().labels(), b.origin().labels()));
  }

  /** Without a commit before, takes everything back. */
  boolean end(long number) {
    OpenTransaction ending = open.remove(number);
    if (ending != null) {
      ending.close();
    }
    return ending != null;
  }

  @Override
  public void close() {
    open.keySet().forEach(this::end);
  }
}
