package org.keyward;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.keyward.remote.PowerDns;

/** A real recursive resolver, unbound, that finds one zone at a server on loopback. */
public final class RecursiveResolver implements AutoCloseable {
  private final int port;
  private final Process process;

  private RecursiveResolver(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /**
   * Returns when it answers.
   *
   * @param dir private to it
   * @param zone with its last dot
   * @param server the port of the zone's server on 127.0.0.1
   */
  public static RecursiveResolver start(Path dir, String zone, int server) {
    int port = Installation.freePort();
    Path config = dir.resolve("unbound.conf");
    try {
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
            module-config: "iterator"
            do-not-query-localhost: no
            local-zone: "elsewhere.example." static
          remote-control:
            control-enable: no
          stub-zone:
            name: "%3$s"
            stub-addr: 127.0.0.1@%4$d
          """
              .formatted(port, dir, zone, server));
      Process process =
          new ProcessBuilder(PowerDns.program("unbound"), "-c", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(dir.resolve("unbound.log").toFile())
              .start();
      RecursiveResolver resolver = new RecursiveResolver(port, process);
      resolver.awaitAnswer(dir);
      return resolver;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitAnswer(Path dir) {
    Validators asking = new Validators(dir, port);
    Installation.await(
        "unbound to answer",
        Duration.ofSeconds(20),
        () -> process.isAlive() && asking.dig("version.bind", "TXT", "CH").contains("status: "));
  }

  public int port() {
    return port;
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
