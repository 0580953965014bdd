package org.keyward.app;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.keyward.background.RepeatedTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the signer role running as a process of its own, since a PKCS#11 module can crash or hang a
 * JVM for good. A signer that ends is started again, later each time while it keeps ending at once.
 */
final class SignerProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SignerProcess.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration STEADY = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private final List<String> command;
  private final RepeatedTask supervisor = new RepeatedTask("signer-supervisor", this::supervise);
  private Duration pause = FIRST_PAUSE;
  private volatile Optional<Process> child = Optional.empty();

  SignerProcess(List<String> command) {
    this.command = List.copyOf(command);
  }

  /** The signer of this configuration: secrets reach it by file and environment only. */
  static SignerProcess of(Optional<java.nio.file.Path> configFile) {
    List<String> command = new ArrayList<>(SelfProcess.lightCommand());
    command.add("sign");
    configFile.ifPresent(file -> command.addAll(List.of("--config", file.toString())));
    return new SignerProcess(command);
  }

  void start() {
    supervisor.start();
  }

  Optional<Process> child() {
    return child;
  }

  private Duration supervise() throws InterruptedException {
    long started = System.nanoTime();
    String end = runOnce();
    Duration lived = Duration.ofNanos(System.nanoTime() - started);
    Duration now = lived.compareTo(STEADY) > 0 ? FIRST_PAUSE : pause;
    pause = longer(now);
    LOG.warn("The signer {}; it starts again in {} ms", end, now.toMillis());
    return now;
  }

  /** How the process ended, in words. */
  private String runOnce() throws InterruptedException {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().put(ParentWatch.VARIABLE, "yes");
      builder.environment().remove("NOTIFY_SOCKET"); // the service is ready when we are
      Process process = builder.start();
      child = Optional.of(process);
      LOG.info("The signer runs as process {}", process.pid());
      return "ended with status " + process.waitFor();
    } catch (IOException e) {
      return "cannot be started: " + e.getMessage();
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  @Override
  public void close() {
    supervisor.close();
    supervisor.awaitEnd();
    child.ifPresent(SignerProcess::stop);
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
