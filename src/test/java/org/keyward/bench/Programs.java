package org.keyward.bench;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs programs beside the benchmark. */
final class Programs {
  private Programs() {}

  /**
   * Runs a program to its end; returns what it prints, errors included.
   *
   * @throws IllegalStateException with what it printed, when it fails
   */
  static String run(List<String> command) throws IOException, InterruptedException {
    return run(new ProcessBuilder(command));
  }

  static String run(ProcessBuilder command) throws IOException, InterruptedException {
    Process process = command.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(
          command.command().get(0) + " ended with " + process.exitValue() + ":\n" + printed);
    }
    return printed;
  }

  /** Politely, then not. */
  static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** A port that is free for both UDP and TCP on loopback. */
  static int freePort() throws IOException {
    for (int attempt = 0; ; attempt++) {
      try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          DatagramSocket udp =
              new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
        return udp.getLocalPort();
      } catch (IOException e) {
        if (attempt == 20) {
          throw e;
        }
      }
    }
  }

  /** Seconds of CPU that a process has used, all threads. */
  static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0; // USER_HZ
  }

  /** Memory that a process occupies, in MiB. */
  static double residentMiB(long pid) throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status")).stream()
            .filter(each -> each.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.toLowerCase(Locale.ROOT).replaceAll("\\D", "")) / 1024.0;
  }

  /** Returns when the process has had next to nothing to do for two seconds. */
  static void awaitIdle(long pid, long limitSeconds)
      throws IOException, InterruptedException, TimeoutException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
    double before = cpuSeconds(pid);
    while (System.nanoTime() < end) {
      Thread.sleep(2_000);
      double now = cpuSeconds(pid);
      if (now - before < 0.3) {
        return;
      }
      before = now;
    }
    throw new TimeoutException("process " + pid + " is busy after " + limitSeconds + " s");
  }
}
