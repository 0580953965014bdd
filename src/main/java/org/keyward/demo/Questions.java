package org.keyward.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.keyward.background.BackgroundThreads;

/** Asks a resolver that validates, one question after the other, until it is closed. */
final class Questions implements AutoCloseable {
  private static final long PAUSE_MILLIS = 50;

  private final Shell shell;
  private final int port;
  private final Thread asking = BackgroundThreads.of("demo-questions", this::ask);
  private final List<String> failures = new ArrayList<>();
  private int asked;
  private volatile boolean over;

  Questions(Shell shell, int port) {
    this.shell = shell;
    this.port = port;
    asking.start();
  }

  private void ask() {
    try {
      while (!over) {
        ask(RollDemo.ZONE, "SOA");
        ask(RollDemo.ZONE, "DNSKEY");
        ask(RollDemo.ZONE, "DS");
        ask("www." + RollDemo.ZONE, "A");
        ask("x" + asked + ".wild." + RollDemo.ZONE, "A");
        ask("x" + asked + "." + RollDemo.ZONE, "A");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(String name, String type) throws InterruptedException {
    Optional<String> fault;
    try {
      fault = validated(shell, port, name, type);
    } catch (IOException e) {
      fault = Optional.of(e.toString());
    }
    synchronized (this) {
      asked++;
      fault.ifPresent(failures::add);
    }
    Thread.sleep(PAUSE_MILLIS);
  }

  /** What is wrong with the answer; empty when the resolver has validated it. */
  static Optional<String> validated(Shell shell, int port, String name, String type)
      throws IOException, InterruptedException {
    String printed =
        shell
            .tryRun(List.of("dig", "@127.0.0.1", "-p", String.valueOf(port), "+adflag", name, type))
            .printed();
    boolean good =
        printed.matches("(?s).*status: (NOERROR|NXDOMAIN).*")
            && printed.matches("(?s).*;; flags:[^;]* ad[ ;].*");
    return good ? Optional.empty() : Optional.of(printed);
  }

  synchronized int asked() {
    return asked;
  }

  /** What was answered instead. */
  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  /** Returns when no more is asked. */
  void stop() throws InterruptedException {
    over = true;
    asking.join();
  }

  @Override
  public void close() {
    over = true;
  }
}
