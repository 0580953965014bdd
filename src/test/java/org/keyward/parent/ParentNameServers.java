package org.keyward.parent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.keyward.remote.PowerDns;
import org.keyward.store.TcpForward;
import org.keyward.store.UdpForward;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/**
 * The name servers of the zone parent.example: a real BIND, which is another server for each
 * address of loopback that it is reached by: one that is as it should be, one with an old zone, one
 * that is lame, one that answers over TCP alone, one on IPv6 alone, one that has to truncate, one
 * that has the child instead. Others are named in the zone, and are not there.
 */
final class ParentNameServers implements AutoCloseable {
  private static final int TCP_ALONE = 14;
  private static final String ZONE =
      """
      $TTL 300
      @ SOA good.parent.example. hostmaster.parent.example. %d 3600 600 86400 60
      @ NS good
      @ NS stale
      @ NS lame
      @ NS tcp
      @ NS small
      @ NS child
      @ NS dead
      @ NS six
      @ NS nowhere.elsewhere.example.
      good A 127.0.0.11
      stale A 127.0.0.12
      lame A 127.0.0.13
      tcp A 127.0.0.14
      small A 127.0.0.15
      child A 127.0.0.16
      dead A 127.0.0.17
      six AAAA ::1
      a.b NS ns.elsewhere.example.
      plain NS ns.elsewhere.example.
      many NS ns.elsewhere.example.
      """;

  private final Path directory;
  private final int port;
  private final Process named;
  private final List<AutoCloseable> forwards;
  private int serial;

  private ParentNameServers(Path directory, int port, Process named, List<AutoCloseable> forwards) {
    this.directory = directory;
    this.port = port;
    this.named = named;
    this.forwards = forwards;
  }

  /**
   * Returns when they answer.
   *
   * @param current the DS of a.b.parent.example, with its TTL
   * @param stale the same as the server with an old zone has it
   */
  static ParentNameServers start(Path directory, String current, String stale)
      throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.14"))) {
      port = free.getLocalPort();
    }
    Files.writeString(directory.resolve("named.conf"), config(directory, port));
    Files.writeString(
        directory.resolve("child"),
        """
        @ 300 SOA ns.elsewhere.example. hostmaster.parent.example. 1 3600 600 86400 60
        @ 300 NS ns.elsewhere.example.
        """);
    write(directory, "current", 1, current);
    write(directory, "stale", 1, stale);
    Process named =
        new ProcessBuilder(
                PowerDns.program("named"),
                "-g",
                "-n",
                "1",
                "-c",
                directory.resolve("named.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("named.log").toFile())
            .start();
    List<AutoCloseable> forwards = new ArrayList<>();
    for (int last = 11; last <= 16; last++) {
      InetAddress address = InetAddress.getByName("127.0.0." + last);
      forwards.add(TcpForward.start(address, port, port));
      if (last != TCP_ALONE) {
        forwards.add(UdpForward.start(address, port, port));
      }
    }
    ParentNameServers servers = new ParentNameServers(directory, port, named, forwards);
    servers.serial = 1;
    try {
      servers.await("127.0.0.11", 1);
      return servers;
    } catch (IOException | AssertionError e) {
      servers.close();
      throw e;
    }
  }

  private static String config(Path directory, int port) {
    String zone =
        "zone \"parent.example\" { type primary; file \"%s\"; check-integrity no; check-names ignore; };";
    return """
    options {
      directory "%s";
      listen-on port %d { 127.0.0.1; };
      listen-on-v6 port %d { ::1; };
      pid-file none;
      session-keyfile none;
      recursion no;
      notify no;
      dnssec-validation no;
    };
    controls { };
    view stale { match-clients { 127.0.0.12; }; %s };
    view lame { match-clients { 127.0.0.13; }; };
    view small { match-clients { 127.0.0.15; }; max-udp-size 512; %s };
    view child {
      match-clients { 127.0.0.16; };
      zone "a.b.parent.example" { type primary; file "child"; };
    };
    view good { %s };
    """
        .formatted(
            directory,
            port,
            port,
            zone.formatted("stale"),
            zone.formatted("current"),
            zone.formatted("current"));
  }

  private static void write(Path directory, String file, int serial, String ds) throws IOException {
    StringBuilder zone = new StringBuilder(ZONE.formatted(serial));
    zone.append("a.b ").append(ds).append('\n');
    for (int tag = 1; tag <= 12; tag++) {
      zone.append("many DS ").append(tag).append(" 13 4 ").append("5a".repeat(48)).append('\n');
    }
    Files.writeString(directory.resolve(file), zone);
  }

  int port() {
    return port;
  }

  /** The server with the old zone gets the new one. */
  void refresh(String ds) throws IOException, InterruptedException {
    serial++;
    write(directory, "stale", serial, ds);
    new ProcessBuilder(List.of("kill", "-HUP", String.valueOf(named.pid()))).start().waitFor();
    await("127.0.0.12", serial);
  }

  private void await(String address, int wanted) throws IOException, InterruptedException {
    SimpleResolver server = new SimpleResolver(address);
    server.setPort(port);
    server.setTCP(true);
    server.setTimeout(Duration.ofSeconds(2));
    Name zone = Name.fromConstantString("parent.example.");
    for (int i = 0; i < 200 && named.isAlive(); i++) {
      try {
        Message answer = server.send(Message.newQuery(Record.newRecord(zone, Type.SOA, DClass.IN)));
        if (answer.toString().contains("hostmaster.parent.example. " + wanted + " ")) {
          return;
        }
      } catch (IOException e) {
        Thread.sleep(50); // not there yet
        continue;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("named:\n" + Files.readString(directory.resolve("named.log")));
  }

  @Override
  public void close() {
    try {
      for (AutoCloseable forward : forwards) {
        forward.close();
      }
      named.destroy();
      if (!named.waitFor(20, TimeUnit.SECONDS)) {
        named.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      named.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
