package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Asks PowerDNS on loopback. On machines with four cores and more it has the last one for itself
 * ({@code bin/bench} keeps everything else off it); with fewer, it shares them with both sides
 * alike.
 */
final class Dnsperf {
  private static final int CORES = Integer.getInteger("keyward.bench.cores", 1);
  private final Path questions;
  private final boolean dnssec;

  /**
   * @param dnssec whether to ask for signatures
   */
  Dnsperf(Path questions, boolean dnssec) {
    this.questions = questions;
    this.dnssec = dnssec;
  }

  /**
   * What one run found.
   *
   * @param latencies of each answer in milliseconds, sorted; empty unless asked for
   */
  record Result(double perSecond, long sent, long lost, double nxdomain, double[] latencies) {
    long answered() {
      return sent - lost;
    }

    double percentile(double share) {
      return Percentile.of(share, latencies);
    }
  }

  /** As fast as PowerDNS answers, with a hundred questions on their way. */
  Result flatOut(int port, int seconds) throws IOException, InterruptedException {
    return read(Programs.run(command(port, seconds)), false);
  }

  /** At a steady rate, with the time that each answer took. */
  Result atRate(int port, int seconds, double perSecond) throws IOException, InterruptedException {
    List<String> command = command(port, seconds);
    command.addAll(List.of("-v", "-Q", String.valueOf((long) perSecond)));
    return read(Programs.run(command), true);
  }

  private List<String> command(int port, int seconds) {
    List<String> command = new ArrayList<>();
    if (CORES >= 4) {
      command.addAll(List.of("taskset", "-c", String.valueOf(CORES - 1)));
    }
    command.addAll(List.of("dnsperf", "-s", "127.0.0.1", "-p", String.valueOf(port)));
    command.addAll(List.of("-d", questions.toString(), "-l", String.valueOf(seconds)));
    command.addAll(List.of("-c", "8", "-T", "1", "-q", "100", "-t", "2", "-W"));
    if (dnssec) {
      command.add("-D");
    }
    return command;
  }

  private static Result read(String printed, boolean verbose) {
    double perSecond = number(printed, "Queries per second:\\s+([\\d.]+)");
    long sent = (long) number(printed, "Queries sent:\\s+(\\d+)");
    long completed = (long) number(printed, "Queries completed:\\s+(\\d+)");
    if (printed.contains("SERVFAIL") || printed.contains("REFUSED")) {
      throw new IllegalStateException("not everything was answered:\n" + tail(printed));
    }
    double nxdomain =
        printed.contains("NXDOMAIN ") ? number(printed, "NXDOMAIN \\d+ \\(([\\d.]+)%\\)") : 0;
    double[] latencies =
        verbose
            ? printed
                .lines()
                .filter(line -> line.startsWith("> ") && !line.contains("[Timeout]"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .map(seconds -> seconds * 1_000)
                .sorted()
                .toArray()
            : new double[0];
    return new Result(perSecond, sent, sent - completed, nxdomain, latencies);
  }

  private static double number(String text, String pattern) {
    var matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("dnsperf does not say " + pattern + ":\n" + tail(text));
    }
    return Double.parseDouble(matcher.group(1));
  }

  private static String tail(String text) {
    String[] lines = text.split("\n");
    return String.join(
            "\n", Arrays.copyOfRange(lines, Math.max(0, lines.length - 25), lines.length))
        .toLowerCase(Locale.ROOT);
  }
}
