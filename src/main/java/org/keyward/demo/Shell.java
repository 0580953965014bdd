package org.keyward.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs other programs, and stops by their process ids those that it left running. What is set is
 * set before others use it.
 */
final class Shell implements AutoCloseable {
  private static final long STOP_SECONDS = 20;

  private final Map<String, String> environment = new HashMap<>();
  private final Deque<Process> running = new ArrayDeque<>();

  /** For every program from here on. */
  void set(String variable, String value) {
    environment.put(variable, value);
  }

  /** What a program that must succeed prints on stdout and stderr. */
  String run(List<String> command) throws IOException, InterruptedException {
    Result result = tryRun(command);
    if (result.status() != 0) {
      throw new DemoFailed(
          command.get(0)
              + " ended with status "
              + result.status()
              + ": "
              + result.printed().strip());
    }
    return result.printed();
  }

  Result tryRun(List<String> command) throws IOException, InterruptedException {
    Process process = builder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try (InputStream printed = process.getInputStream()) {
      String text = new String(printed.readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), text);
    }
  }

  /** How a program ended and what it printed. */
  record Result(int status, String printed) {}

  /** Leaves it running until {@link #close}; its end of our pipe tells it when we are gone. */
  Process start(List<String> command, Path log) throws IOException {
    Process process =
        builder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    synchronized (running) {
      running.push(process);
    }
    return process;
  }

  private ProcessBuilder builder(List<String> command) {
    List<String> found = new ArrayList<>(command);
    found.set(0, program(command.get(0)));
    ProcessBuilder builder = new ProcessBuilder(found);
    builder.environment().putAll(environment);
    return builder;
  }

  /** Debian keeps servers where an ordinary user's PATH does not look. */
  private static String program(String name) {
    Path server = Path.of("/usr/sbin").resolve(name);
    return !name.contains("/") && Files.isExecutable(server) ? server.toString() : name;
  }

  /** Stops what still runs, the latest first. */
  @Override
  public void close() {
    synchronized (running) {
      while (!running.isEmpty()) {
        stop(running.pop());
      }
    }
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
