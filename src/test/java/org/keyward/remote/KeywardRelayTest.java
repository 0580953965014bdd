package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bin/keyward-relay} between a PowerDNS and a Keyward that the test plays both. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KeywardRelayTest {
  private static final String LOOKUP =
      "{\"method\": \"lookup\", \"parameters\": {\"qname\": \"example.com.\"}}";

  @TempDir Path dir;
  private Path socket;
  private ServerSocketChannel keyward;

  @BeforeEach
  void listen() throws IOException {
    socket = dir.resolve("s");
    keyward = open();
  }

  @AfterEach
  void close() throws IOException {
    keyward.close();
  }

  private ServerSocketChannel open() throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket));
  }

  /** A relay, as PowerDNS has it. */
  private record Relay(Process process, BufferedReader replies, OutputStream requests)
      implements AutoCloseable {
    static Relay start(Path socket, int seconds) throws IOException {
      Process process =
          new ProcessBuilder(
                  List.of("bin/keyward-relay", socket.toString(), String.valueOf(seconds)))
              .start();
      return new Relay(process, process.inputReader(), process.getOutputStream());
    }

    void ask(String request) throws IOException {
      requests.write((request + "\n").getBytes(StandardCharsets.UTF_8));
      requests.flush();
    }

    /** It has ended by itself, which PowerDNS sees as an error. */
    String failure() throws IOException, InterruptedException {
      assertThat(replies.readLine()).isNull();
      String said = process.errorReader().readLine();
      assertThat(process.waitFor()).isEqualTo(1);
      return said;
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private static String read(SocketChannel connection) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(100_000);
    while (buffer.position() == 0 || buffer.get(buffer.position() - 1) != '\n') {
      if (connection.read(buffer) < 0) {
        return "";
      }
    }
    return new String(buffer.array(), 0, buffer.position() - 1, StandardCharsets.UTF_8);
  }

  private static void reply(SocketChannel connection, String reply) throws IOException {
    Channels.newOutputStream(connection).write(reply.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void requestsAndRepliesOfAnySizePassAsTheyAre() throws Exception {
    String large = "{\"result\":[" + "\"é\",".repeat(2_000_000) + "1]}";
    try (Relay relay = Relay.start(socket, 60)) {
      relay.ask(LOOKUP);
      try (SocketChannel connection = keyward.accept()) {
        assertThat(read(connection)).isEqualTo(LOOKUP);
        reply(connection, "{\"result\":false}\n");
        assertThat(relay.replies().readLine()).isEqualTo("{\"result\":false}");
        String long_ = LOOKUP.replace("example", "e".repeat(90_000));
        relay.ask(long_);
        assertThat(read(connection)).isEqualTo(long_);
        Thread writer = new Thread(() -> writeQuietly(connection, large + "\n"));
        writer.start();
        assertThat(relay.replies().readLine()).isEqualTo(large);
        writer.join();
      }
    }
  }

  private static void writeQuietly(SocketChannel connection, String text) {
    try {
      reply(connection, text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aConnectionThatEndedBetweenQuestionsIsMadeAnew() throws Exception {
    try (Relay relay = Relay.start(socket, 60)) {
      relay.ask(LOOKUP);
      try (SocketChannel connection = keyward.accept()) {
        read(connection);
        reply(connection, "1\n");
        assertThat(relay.replies().readLine()).isEqualTo("1");
      }
      keyward.close();
      Files.delete(socket);
      relay.ask(LOOKUP);
      keyward = open();
      try (SocketChannel connection = keyward.accept()) {
        assertThat(read(connection)).isEqualTo(LOOKUP);
        reply(connection, "2\n");
        assertThat(relay.replies().readLine()).isEqualTo("2");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lookup",
        "list",
        "getUpdatedMasters",
        "getUnfreshSlaveInfos",
        "getAllDomains",
        "setNotified"
      })
  void aQuestionThatWasNotAnsweredIsAskedAgain(String method) throws Exception {
    String request = "{\"method\": \"" + method + "\", \"parameters\": {}}";
    try (Relay relay = Relay.start(socket, 60)) {
      relay.ask(request);
      try (SocketChannel connection = keyward.accept()) {
        assertThat(read(connection)).isEqualTo(request);
      }
      try (SocketChannel connection = keyward.accept()) {
        assertThat(read(connection)).isEqualTo(request);
        reply(connection, "2\n");
        assertThat(relay.replies().readLine()).isEqualTo("2");
      }
    }
  }

  /** It may have been done. */
  @ParameterizedTest
  @ValueSource(strings = {"addDomainKey", "replaceRRSet", "startTransaction", "directBackendCmd"})
  void whatWritesIsNotAskedAgain(String method) throws Exception {
    try (Relay relay = Relay.start(socket, 60)) {
      relay.ask("{\"method\": \"" + method + "\", \"parameters\": {}}");
      try (SocketChannel connection = keyward.accept()) {
        read(connection);
      }
      assertThat(relay.failure()).contains("Keyward ended during '" + method + "'");
    }
  }

  @Test
  void aTransactionEndsWithItsConnection() throws Exception {
    try (Relay relay = Relay.start(socket, 60)) {
      try (SocketChannel connection = connected(relay)) {
        ask(relay, connection, "startTransaction");
      }
      relay.ask(LOOKUP);
      assertThat(relay.failure()).contains("Keyward ended during 'lookup'");
    }
    try (Relay relay = Relay.start(socket, 60)) {
      try (SocketChannel connection = connected(relay)) {
        ask(relay, connection, "startTransaction");
        ask(relay, connection, "commitTransaction");
      }
      try (SocketChannel connection = connected(relay)) {
        ask(relay, connection, "list");
      }
    }
  }

  private SocketChannel connected(Relay relay) throws IOException {
    relay.ask(LOOKUP);
    SocketChannel connection = keyward.accept();
    assertThat(read(connection)).isEqualTo(LOOKUP);
    reply(connection, "0\n");
    assertThat(relay.replies().readLine()).isEqualTo("0");
    return connection;
  }

  private static void ask(Relay relay, SocketChannel connection, String method) throws IOException {
    relay.ask("{\"method\": \"" + method + "\", \"parameters\": {}}");
    read(connection);
    reply(connection, "true\n");
    assertThat(relay.replies().readLine()).isEqualTo("true");
  }

  @Test
  void halfAReplyIsAFailure() throws Exception {
    try (Relay relay = Relay.start(socket, 60)) {
      relay.ask(LOOKUP);
      try (SocketChannel connection = keyward.accept()) {
        read(connection);
        reply(connection, "{\"result\"");
      }
      assertThat(relay.replies().readLine()).isEqualTo("{\"result\"");
      assertThat(relay.process().errorReader().readLine()).contains("in the middle of a reply");
      assertThat(relay.process().waitFor()).isEqualTo(1);
    }
  }

  @Test
  void itGivesUpWhenKeywardStaysAway() throws Exception {
    keyward.close();
    Files.delete(socket);
    try (Relay relay = Relay.start(socket, 1)) {
      relay.ask(LOOKUP);
      assertThat(relay.failure()).contains(socket.toString());
    }
  }

  @Test
  void itEndsWithPowerDns() throws Exception {
    try (Relay relay = Relay.start(socket, 60)) {
      try (SocketChannel connection = connected(relay)) {
        relay.requests().close();
        assertThat(read(connection)).isEmpty();
      }
      assertThat(relay.process().waitFor()).isZero();
    }
  }
}
