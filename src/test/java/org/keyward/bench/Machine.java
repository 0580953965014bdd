package org.keyward.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.keyward.remote.PowerDns;

/** What the figures were measured on; nothing that names the machine itself. */
final class Machine {
  private Machine() {}

  static Map<String, String> describe() {
    Map<String, String> machine = new TreeMap<>();
    machine.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
    machine.put("cpu", first(read(Path.of("/proc/cpuinfo")), "model name\\s*: (.*)"));
    machine.put("memory", memory());
    machine.put("system", first(read(Path.of("/etc/os-release")), "PRETTY_NAME=\"(.*)\""));
    machine.put("java", System.getProperty("java.version"));
    machine.put("powerdns", powerDnsVersion());
    machine.put("dnsperf", first(print("dnsperf", "-h"), "Version (\\S+)"));
    machine.put("keyward", first(print("git", "describe", "--always", "--dirty"), "(\\S+)"));
    return machine;
  }

  /** Of the host's PowerDNS, for example 4.7.3. */
  static String powerDnsVersion() {
    return first(print(PowerDns.program("pdns_server"), "--version"), "Server (\\S+)");
  }

  private static String memory() {
    long kilobytes =
        Long.parseLong(first(read(Path.of("/proc/meminfo")), "MemTotal:\\s*(\\d+) kB"));
    return String.format(Locale.ROOT, "%.0f GiB", kilobytes / 1024.0 / 1024);
  }

  private static String first(String text, String pattern) {
    var matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? matcher.group(1) : "unknown";
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  private static String print(String... command) {
    try {
      Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor(5, TimeUnit.SECONDS);
      return text;
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
