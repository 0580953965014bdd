package org.keyward.remote;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Unbound with its caches, as a resolver of the world: what it answers it has validated. */
public final class CachingValidator implements AutoCloseable {
  /** What is said where there was no answer to validate. */
  private static final Pattern SILENCE =
      Pattern.compile(
          "No DNSKEY record|no DNSKEY rrset|DS .* failed|marked as bad|SERVFAIL|no answer");

  private final Process process;
  private final Path log;
  private final SimpleResolver resolver;

  private CachingValidator(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.resolver =
        new SimpleResolver(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    resolver.setTimeout(Duration.ofSeconds(20));
    resolver.setEDNS(0, 1232, org.xbill.DNS.ExtendedFlags.DO, List.of());
  }

  /**
   * Returns when it answers; the zone's present KSK is its trust anchor.
   *
   * @param below zones of the same PowerDNS to which a chain leads from there
   */
  public static CachingValidator start(Path dir, String zone, PowerDns powerDns, String... below)
      throws Exception {
    String anchor =
        powerDns.digShort(zone, "DNSKEY").stream()
            .filter(line -> line.startsWith("257 "))
            .findFirst()
            .orElseThrow();
    int port = freePort();
    Path config = dir.resolve("unbound.conf");
    Files.writeString(
        config,
        """
        server:
          interface: 127.0.0.1@%1$d
          directory: "%2$s"
          chroot: ""
          username: ""
          pidfile: ""
          do-daemonize: no
          use-syslog: no
          module-config: "validator iterator"
          val-log-level: 2
          do-not-query-localhost: no
          harden-algo-downgrade: yes
          infra-cache-max-rtt: 1000
          infra-keep-probing: yes
          trust-anchor: "%3$s DNSKEY %4$s"
        remote-control:
          control-enable: no
        stub-zone:
          name: "%3$s"
          stub-addr: 127.0.0.1@%5$d
        """
                .formatted(port, dir, zone, anchor, powerDns.port())
            + stubs(powerDns.port(), below));
    Path log = dir.resolve("unbound.log");
    Process process =
        new ProcessBuilder(PowerDns.program("unbound"), "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    CachingValidator validator = new CachingValidator(process, log, port);
    ServedDatabase.await(() -> validator.fault(new Validation.Question(zone, "SOA")).isEmpty());
    return validator;
  }

  private static String stubs(int port, String... zones) {
    return Arrays.stream(zones)
        .map(zone -> "stub-zone:\n  name: \"" + zone + "\"\n  stub-addr: 127.0.0.1@" + port + "\n")
        .collect(Collectors.joining());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** What is wrong with its answer, and what it said last; empty when it has validated it. */
  Optional<String> fault(Validation.Question question) {
    return answer(question).map(answer -> answer + String.join("\n", lastWords()));
  }

  private List<String> lastWords() {
    List<String> lines = log();
    return lines.subList(Math.max(0, lines.size() - 10), lines.size());
  }

  private List<String> log() {
    try {
      return Files.readAllLines(log);
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  /** Whether it gives a validated answer. */
  public boolean validates(String name, String type) {
    return answer(new Validation.Question(name, type)).isEmpty();
  }

  /** What it found wrong with records that it was given; a server's silence is no fault. */
  public List<String> faults() {
    return log().stream()
        .filter(line -> line.contains("validation failure"))
        .filter(line -> !SILENCE.matcher(line).find())
        .toList();
  }

  private Optional<String> answer(Validation.Question question) {
    try {
      Message answer =
          resolver.send(
              Message.newQuery(
                  Record.newRecord(
                      Name.fromString(question.name()), Type.value(question.type()), DClass.IN)));
      int code = answer.getRcode();
      boolean answered = code == Rcode.NOERROR || code == Rcode.NXDOMAIN;
      return answered && answer.getHeader().getFlag(Flags.AD)
          ? Optional.empty()
          : Optional.of(answer.toString());
    } catch (IOException e) {
      return Optional.of(e.toString());
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
