package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A listening socket that somebody else keeps while one server ends and the next one begins. */
@Timeout(60)
class KeptUnixSocketTest {
  private static final String INITIALIZE = "{\"method\":\"initialize\",\"parameters\":{}}";
  private static final String BEGIN =
      "{\"method\":\"startTransaction\",\"parameters\":{\"domain\":\"example.com.\",\"domain_id\":7,"
          + "\"trxid\":1}}";
  private static final String COMMIT =
      "{\"method\":\"commitTransaction\",\"parameters\":{\"trxid\":1}}";

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void path() {
    path = directory.resolve("pdns.sock");
  }

  private UnixSocketServer serve(ServerSocketChannel kept) {
    RemoteBackend backend =
        new RemoteBackend(
            new FakeZones(),
            new FakeWriter().writing(),
            "test",
            new SimpleMeterRegistry(),
            Clock.systemUTC());
    return UnixSocketServer.start(backend, UnixSocketSettings.ofExisting(path), kept);
  }

  private ServerSocketChannel keep() throws Exception {
    ServerSocketChannel kept = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    kept.bind(UnixDomainSocketAddress.of(path));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    return kept;
  }

  /** A connection to a server that has ended since. */
  private UnixClient connectedWhileServing(ServerSocketChannel kept) throws Exception {
    UnixSocketServer first = serve(kept);
    try (first) {
      UnixClient client = new UnixClient(path);
      assertThat(client.ask(INITIALIZE)).contains("true");
      return client;
    }
  }

  @Test
  void whoConnectsBetweenTwoServersIsAnsweredByTheNext() throws Exception {
    try (ServerSocketChannel kept = keep()) {
      try (UnixClient before = connectedWhileServing(kept)) {
        assertThat(before.receive()).as("the idle connection has ended").isNull();
      }
      assertThat(path).exists();
      try (UnixClient between = new UnixClient(path)) {
        between.send(INITIALIZE + "\n");
        UnixSocketServer second = serve(kept);
        try (second) {
          assertThat(between.receive()).contains("true");
        }
      }
    }
  }

  @Test
  void anOpenTransactionIsFinishedFirst() throws Exception {
    try (ServerSocketChannel kept = keep();
        UnixSocketServer server = serve(kept);
        UnixClient idle = new UnixClient(path);
        UnixClient writer = new UnixClient(path)) {
      assertThat(idle.ask(INITIALIZE)).contains("true");
      assertThat(writer.ask(BEGIN)).contains("true");
      CompletableFuture<Void> ending = CompletableFuture.runAsync(server::close);
      assertThat(idle.receive()).isNull();
      assertThat(writer.ask(COMMIT)).contains("true");
      assertThat(writer.receive()).isNull();
      ending.join();
    }
  }
}
