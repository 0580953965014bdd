package org.keyward.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import org.keyward.app.Steps;

/**
 * Tells on stderr how far long work is: one line that changes on a terminal, a plain line now and
 * then otherwise. Silent about work that ends soon. Not thread-safe.
 */
final class Progress implements Steps {
  private static final Duration SILENT = Duration.ofSeconds(2);
  private static final Duration ON_TERMINAL = Duration.ofSeconds(1);
  private static final Duration ELSEWHERE = Duration.ofSeconds(30);
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean terminal;
  private long next = System.nanoTime() + SILENT.toNanos();
  private boolean shown;
  private String what = "";
  private long begin;

  Progress(PrintWriter out) {
    this(out, stderrIsTerminal());
  }

  Progress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /**
   * @param line asked only when it is time for a line
   */
  void show(Supplier<String> line) {
    if (System.nanoTime() < next) {
      return;
    }
    if (terminal) {
      out.print(CLEAR_LINE + line.get());
    } else {
      out.println(line.get());
    }
    out.flush();
    shown = terminal;
    next = System.nanoTime() + (terminal ? ON_TERMINAL : ELSEWHERE).toNanos();
  }

  /** The same of work of a known amount, with its rate and an estimate of its end. */
  @Override
  public void at(String step, long done, long total) {
    if (!step.equals(what)) {
      what = step;
      begin = System.nanoTime();
    }
    show(() -> line(step, done, total, Duration.ofNanos(System.nanoTime() - begin)));
  }

  static String line(String step, long done, long total, Duration since) {
    double rate = done / Math.max(1e-3, since.toMillis() / 1e3);
    String sofar = step + ": " + done + (total > 0 ? " of " + total : "");
    String speed =
        String.format(Locale.ROOT, rate < 10 ? ", %.1f a second" : ", %.0f a second", rate);
    boolean ends = total > done && done > 0;
    return sofar + speed + (ends ? ", done in about " + words((total - done) / rate) : "");
  }

  /** Of seconds: in the largest unit that still says something. */
  static String words(double seconds) {
    return seconds < 120
        ? Math.round(seconds) + " s"
        : seconds < 7_200 ? Math.round(seconds / 60) + " min" : Math.round(seconds / 3_600) + " h";
  }

  /** Java tells only whether stdin and stdout are terminals, and that not on every version. */
  private static boolean stderrIsTerminal() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/2")).startsWith("/dev")
          && !Files.isSameFile(Path.of("/proc/self/fd/2"), Path.of("/dev/null"));
    } catch (IOException e) {
      return false;
    }
  }

  /** Before something else is printed. */
  void clear() {
    if (shown) {
      out.print(CLEAR_LINE);
      out.flush();
      shown = false;
    }
  }
}
