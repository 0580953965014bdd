package org.keyward.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Tells on stderr how far long work is: one line that changes on a terminal, a plain line now and
 * then otherwise. Silent about work that ends soon. Not thread-safe.
 */
final class Progress {
  private static final Duration SILENT = Duration.ofSeconds(2);
  private static final Duration ON_TERMINAL = Duration.ofSeconds(1);
  private static final Duration ELSEWHERE = Duration.ofSeconds(30);
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean terminal;
  private long next = System.nanoTime() + SILENT.toNanos();
  private boolean shown;

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
