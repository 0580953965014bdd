package org.keyward.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Tells each step with the command that does it and how long it took. */
final class Narrator {
  private final PrintWriter out;
  private final long begin = System.nanoTime();
  private int steps;

  Narrator(PrintWriter out) {
    this.out = out;
  }

  /** What a step does; it may be interrupted, and fail. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException, InterruptedException;
  }

  void step(String what, List<String> commands, Step step)
      throws IOException, InterruptedException {
    say("");
    say("[%d] %s".formatted(++steps, what));
    commands.forEach(command -> say("    $ " + command));
    long start = System.nanoTime();
    step.run();
    say("    %s".formatted(seconds(System.nanoTime() - start)));
  }

  void say(String line) {
    out.println(line);
    out.flush();
  }

  String sinceBegin() {
    return seconds(System.nanoTime() - begin);
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
  }
}
