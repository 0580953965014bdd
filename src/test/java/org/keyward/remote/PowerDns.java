package org.keyward.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/**
 * A real {@code pdns_server} on a free loopback port with a configuration directory of its own. For
 * tests: start it with the lines that matter, ask it with {@link #dig}, close it.
 */
public final class PowerDns implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration COMMAND_LIMIT = Duration.ofMinutes(5);

  private final PowerDnsVersion version;
  private final Path directory;
  private final int port;
  private final Process process;

  private PowerDns(PowerDnsVersion version, Path directory, int port, Process process) {
    this.version = version;
    this.directory = directory;
    this.port = port;
    this.process = process;
  }

  /** Starts the host's PowerDNS. */
  public static PowerDns start(Path directory, List<String> lines) {
    return start(PowerDnsVersion.HOST, directory, lines);
  }

  /**
   * Starts PowerDNS and returns when it answers.
   *
   * @param directory an existing private directory with a short path (sockets are made in it)
   * @param lines of pdns.conf, for example {@code launch=remote}; address, port, user and sockets
   *     are set already
   */
  public static PowerDns start(PowerDnsVersion version, Path directory, List<String> lines) {
    int port = freePort();
    List<String> config =
        new ArrayList<>(
            List.of(
                "local-address=127.0.0.1",
                "local-port=" + port,
                "socket-dir=" + directory,
                "daemon=no",
                "guardian=no",
                "setuid=",
                "setgid=",
                "disable-syslog=yes",
                "loglevel=5",
                "security-poll-suffix=",
                "receiver-threads=1",
                "distributor-threads=2"));
    config.addAll(version.settings());
    config.addAll(lines);
    PowerDns powerDns;
    try {
      Files.write(directory.resolve("pdns.conf"), config);
      Process process =
          new ProcessBuilder(version.program("pdns_server"), "--config-dir=" + directory)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("pdns.log").toFile())
              .start();
      powerDns = new PowerDns(version, directory, port, process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      powerDns.awaitAnswer();
    } catch (RuntimeException e) {
      powerDns.close();
      throw e;
    }
    return powerDns;
  }

  /** Of UDP and TCP on 127.0.0.1. */
  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** For {@code pdnsutil --config-dir} and {@code pdns_control --config-dir}. */
  public Path directory() {
    return directory;
  }

  /** What PowerDNS has logged so far. */
  public String log() {
    try {
      return Files.readString(directory.resolve("pdns.log"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs {@code dig} against this server; returns what it prints. */
  public String dig(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of("dig", "-p", Integer.toString(port), "@127.0.0.1", "+tries=2", "+time=3"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** {@code dig +short}: the answer's contents, a line each. */
  public List<String> digShort(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "+short";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return dig(all).lines().toList();
  }

  /** {@code pdns_control}, for example {@code control("purge", "example.com$")}. */
  public String control(String... arguments) {
    return runWithConfig("pdns_control", arguments);
  }

  /** {@code pdnsutil} with this server's configuration. */
  public String pdnsutil(String... arguments) {
    return runWithConfig("pdnsutil", arguments);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void awaitAnswer() {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (System.nanoTime() < deadline) {
      if (!process.isAlive()) {
        throw new IllegalStateException("pdns_server ended at start:\n" + log());
      }
      if (answers()) {
        return;
      }
    }
    throw new IllegalStateException("pdns_server does not answer:\n" + log());
  }

  private boolean answers() {
    try {
      SimpleResolver resolver =
          new SimpleResolver(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      Message question =
          Message.newQuery(
              Record.newRecord(Name.fromConstantString("version.bind."), Type.TXT, DClass.CH));
      resolver.setTimeout(Duration.ofMillis(100));
      resolver.send(question);
      // It listens on TCP some time after it answers on UDP.
      resolver.setTimeout(Duration.ofSeconds(1));
      resolver.setTCP(true);
      resolver.send(question);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String runWithConfig(String program, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(version.program(program), "--config-dir=" + directory));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** Runs a program; returns what it prints, errors included. */
  static String run(List<String> command) {
    try {
      Path output = Files.createTempFile("keyward-run", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(COMMAND_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new IllegalStateException(command + " takes longer than " + COMMAND_LIMIT);
        }
        return Files.readString(output, StandardCharsets.ISO_8859_1);
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }

  /** Where a program is that Debian may keep outside an ordinary user's PATH. */
  public static String program(String name) {
    Path inSbin = Path.of("/usr/sbin", name);
    return Files.isExecutable(inSbin) ? inSbin.toString() : name;
  }

  static int freePort() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    for (int attempt = 0; attempt < 20; attempt++) {
      try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
        return udp.getLocalPort();
      } catch (IOException e) {
        // The UDP port of that number is taken: try another.
      }
    }
    throw new IllegalStateException("no port is free for both UDP and TCP on 127.0.0.1");
  }
}
