package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.keyward.remote.PowerDns;
import org.keyward.remote.PowerDnsVersion;

/**
 * One PowerDNS with one backend.
 *
 * @param name as the report calls it
 * @param backend what the backend has used
 * @param warmUp seconds until it is as fast as it gets
 */
record Front(String name, PowerDns powerDns, CpuClock backend, int warmUp)
    implements AutoCloseable {
  /** A JVM compiles what is on the way of a query, on two cores that others use. */
  static final int WARM_UP = 30;

  /** Until PowerDNS has signed every answer that it is asked for. */
  private static final int WARM_UP_WITHOUT_JVM = 10;

  /** Packet, query and negative cache; what PowerDNS keeps of keys and metadata stays as it is. */
  static final List<String> CACHES_OFF =
      List.of("cache-ttl=0", "query-cache-ttl=0", "negquery-cache-ttl=0");

  /** Those of PowerDNS itself, and what it asks for to fill them. */
  static final List<String> CACHES_DEFAULT =
      List.of(
          "cache-ttl=20", "query-cache-ttl=20", "negquery-cache-ttl=60", "consistent-backends=yes");

  /**
   * The list of zones is read once, at the start: over the unix socket, PowerDNS needs seconds for
   * that of ten thousand.
   */
  private static final List<String> ZONE_CACHE_ONCE = List.of("zone-cache-refresh-interval=86400");

  /** As {@code keyward pdns-config} says, with {@code lines} on top. */
  static Front keyward(
      String name, KeywardServer keyward, String transport, Path folder, List<String> lines)
      throws IOException, InterruptedException {
    return keyward(name, keyward, PowerDnsVersion.HOST, transport, folder, lines);
  }

  static Front keyward(
      String name,
      KeywardServer keyward,
      PowerDnsVersion version,
      String transport,
      Path folder,
      List<String> lines)
      throws IOException, InterruptedException {
    String number = version.equals(PowerDnsVersion.HOST) ? hostVersion() : version.name();
    List<String> all = new ArrayList<>();
    for (String line : keyward.powerDnsConfig(number, transport)) {
      all.add(line.replaceAll(",timeout=\\d+", ",timeout=60000"));
    }
    all.addAll(ZONE_CACHE_ONCE);
    all.addAll(lines);
    return start(name, version, folder, all, () -> Programs.cpuSeconds(keyward.pid()), WARM_UP);
  }

  /**
   * PowerDNS's own backend, through the unix socket of PostgreSQL.
   *
   * @param threads as many as Keyward's side has
   */
  static Front gpgsql(
      String name,
      BenchDatabase database,
      String databaseName,
      boolean dnssec,
      int threads,
      Path folder,
      List<String> lines)
      throws IOException {
    return gpgsql(
        name, database, databaseName, dnssec, threads, PowerDnsVersion.HOST, folder, lines);
  }

  static Front gpgsql(
      String name,
      BenchDatabase database,
      String databaseName,
      boolean dnssec,
      int threads,
      PowerDnsVersion version,
      Path folder,
      List<String> lines)
      throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "launch=gpgsql",
                "gpgsql-host=" + database.sockets(),
                "gpgsql-port=" + database.port(),
                "gpgsql-dbname=" + databaseName,
                "gpgsql-user=" + BenchDatabase.USER,
                "gpgsql-dnssec=" + (dnssec ? "yes" : "no"),
                "distributor-threads=" + threads));
    all.addAll(lines);
    return start(name, version, folder, all, database::cpuSeconds, WARM_UP_WITHOUT_JVM);
  }

  private static Front start(
      String name,
      PowerDnsVersion version,
      Path folder,
      List<String> lines,
      CpuClock backend,
      int warmUp)
      throws IOException {
    List<String> all = new ArrayList<>(lines);
    all.add("allow-axfr-ips=127.0.0.0/8");
    PowerDns powerDns = PowerDns.start(version, Files.createDirectories(folder), all);
    return new Front(name, powerDns, backend, warmUp);
  }

  private static String hostVersion() {
    String installed = Machine.powerDnsVersion();
    return Stream.of("4.7", "4.9", "5.1").filter(installed::startsWith).findFirst().orElse("4.9");
  }

  /** Seconds of CPU that a backend has used since it started. */
  @FunctionalInterface
  interface CpuClock {
    double seconds() throws IOException;
  }

  /** How many threads a configuration gives PowerDNS. */
  static int threads(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("distributor-threads="))
        .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf('=') + 1)))
        .reduce((first, last) -> last)
        .orElse(3);
  }

  /** Seconds of CPU that PowerDNS itself has used. */
  double cpuSeconds() throws IOException {
    return Programs.cpuSeconds(powerDns.pid());
  }

  int port() {
    return powerDns.port();
  }

  @Override
  public void close() {
    powerDns.close();
  }
}
