package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.keyward.dnssec.CryptoProviders;

/**
 * PowerDNS's calls for one question with a change between them: all of them are answered of the
 * zone as it was at the first one.
 */
@Tag("once")
class QuestionTest {
  private static final String ZONE = "moving.example.";
  private static final String RECORDS =
      """
      @ 60 IN SOA ns h 1 3600 600 604800 60
      @ 60 IN NS ns.example.net.
      mail 60 IN A 192.0.2.1
      alias 60 IN CNAME mail
      """;
  private static final Pattern SERIAL = Pattern.compile("ns\\.moving\\.example\\.? \\S+ (\\d+) ");

  @TempDir Path folder;
  private ServedDatabase served;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  @BeforeEach
  void start() throws Exception {
    served = new ServedDatabase(folder, TransactionLimits.DEFAULT);
    served.load(ZONE, RECORDS);
    try (Connection connection = connect(Form.UNIX)) {
      while (!connection.ask(lookup(ZONE, false)).contains("SOA")) {
        Thread.sleep(5); // it is not served yet
      }
    }
  }

  @AfterEach
  void stop() {
    served.close();
  }

  /** A connection as PowerDNS has one. */
  private interface Connection extends AutoCloseable {
    String ask(String request) throws IOException;

    @Override
    void close() throws IOException;
  }

  private Connection connect(Form form) throws IOException {
    return form == Form.UNIX ? overUnix() : new HttpConnection(served.servers.url());
  }

  private Connection overUnix() throws IOException {
    UnixClient client = new UnixClient(served.servers.socket());
    return new Connection() {
      @Override
      public String ask(String request) throws IOException {
        return client.ask(request);
      }

      @Override
      public void close() throws IOException {
        client.close();
      }
    };
  }

  /** One keep-alive connection, as PowerDNS's HTTP client has it. */
  private static final class HttpConnection implements Connection {
    private final URI uri;
    private final Socket socket;
    private final InputStream in;

    HttpConnection(String url) throws IOException {
      uri = URI.create(url);
      socket = new Socket(uri.getHost(), uri.getPort());
      in = new BufferedInputStream(socket.getInputStream());
    }

    @Override
    public String ask(String request) throws IOException {
      byte[] body = request.getBytes(StandardCharsets.UTF_8);
      String head =
          "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
              .formatted(uri.getPath(), uri.getAuthority(), body.length);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(body);
      int length = 0;
      for (String line = line(); !line.isEmpty(); line = line()) {
        if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(15).strip());
        }
      }
      return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new IOException("the connection ended");
        }
        line.append((char) next);
      }
      return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static String lookup(String name, boolean client) {
    return ("{\"method\":\"lookup\",\"parameters\":{\"qtype\":\"ANY\",\"qname\":\"%s\",\"zone-id\":-1,"
            + "\"remote\":\"%s\"}}")
        .formatted(name, client ? "192.0.2.53" : "0.0.0.0");
  }

  private String neighbours(String name) {
    int id = served.loaded.headers().iterator().next().id();
    return """
        {"method":"getBeforeAndAfterNamesAbsolute","parameters":{"id":%d,"qname":"%s"}}"""
        .formatted(id, name);
  }

  private static long serial(String reply) {
    Matcher soa = SERIAL.matcher(reply);
    assertThat(soa.find()).as(reply).isTrue();
    return Long.parseLong(soa.group(1));
  }

  /** Makes a change and waits until others see it. */
  private void change(String sql) throws Exception {
    long before;
    try (Connection other = connect(Form.UNIX)) {
      before = serial(other.ask(lookup(ZONE, false)));
    }
    served.sql(sql);
    long after = before;
    while (after == before) {
      Thread.sleep(5);
      try (Connection other = connect(Form.UNIX)) {
        after = serial(other.ask(lookup(ZONE, false)));
      }
    }
  }

  /** The calls are those of PowerDNS 4.7 about a name that is not there. */
  @ParameterizedTest
  @EnumSource(
      value = Form.class,
      names = {"UNIX", "POST_JSON"})
  void allCallsOfAQuestionReadTheVersionOfTheFirst(Form form) throws Exception {
    served.sign(ZONE);
    String apex = lookup(ZONE, false);
    String mail = lookup("mail." + ZONE, false);
    String no = lookup("no." + ZONE, true);
    String address = "192.0.2.7";
    String soa;
    String signed;
    String covering;
    try (Connection other = connect(form)) {
      soa = other.ask(apex);
      signed = other.ask(mail);
      covering = other.ask(neighbours("no"));
    }
    try (Connection connection = connect(form)) {
      assertThat(connection.ask(apex)).isEqualTo(soa);
      assertThat(connection.ask(no)).doesNotContain(address);

      change(
          "INSERT INTO records (domain_id, name, type, content, ttl)"
              + " SELECT id, 'no.moving.example', 'A', '192.0.2.7', 60 FROM domains;"
              + " DELETE FROM records WHERE name = 'mail.moving.example'");

      assertThat(connection.ask(no)).doesNotContain(address);
      assertThat(connection.ask(neighbours("no"))).isEqualTo(covering);
      assertThat(connection.ask(mail)).as("types of the NSEC record").isEqualTo(signed);
      assertThat(connection.ask(neighbours("*"))).contains("alias");
      assertThat(connection.ask(apex)).as("types of the NSEC record").isEqualTo(soa);
      assertThat(signatureOf("SOA", connection.ask(apex))).isEqualTo(signatureOf("SOA", soa));
      assertThat(connection.ask(mail)).as("signature of the NSEC record").isEqualTo(signed);
      assertThat(signatureOf("NSEC", connection.ask(apex))).isEqualTo(signatureOf("NSEC", soa));

      String next = connection.ask(apex);
      assertThat(serial(next)).as("the next question").isGreaterThan(serial(soa));
      assertThat(connection.ask(no)).contains(address);
      assertThat(connection.ask(mail)).doesNotContain("192.0.2.1");
    }
  }

  /**
   * PowerDNS 4.7 asks for the signature of an SOA as it begins a question; and it asks for none
   * where the client wants none. So of calls in a row each may be either.
   */
  @Test
  void aSignatureFitsTheSoaOfTheCallBefore() throws Exception {
    served.sign(ZONE);
    try (Connection connection = connect(Form.UNIX)) {
      String before = connection.ask(lookup(ZONE, false));
      for (int call = 0; call < 5; call++) {
        change("UPDATE records SET ttl = ttl + 1 WHERE name = 'mail.moving.example'");
        String now = fresh(lookup(ZONE, false));
        String told = connection.ask(lookup(ZONE, false));
        assertThat(serial(told)).as("a begin").isEqualTo(serial(now));
        assertThat(signatureOf("SOA", told)).isEqualTo(signatureOf("SOA", before));
        before = now;
      }
    }
  }

  /** A client that wants no signatures, and then one that does. */
  @Test
  void theQuestionAfterOneWithoutSignaturesIsOfOneVersion() throws Exception {
    served.sign(ZONE);
    try (Connection connection = connect(Form.UNIX)) {
      String former = connection.ask(lookup(ZONE, false));
      connection.ask(lookup(ZONE, true));
      change("DELETE FROM records WHERE name = 'mail.moving.example'");
      assertThat(serial(connection.ask(lookup(ZONE, false)))).isGreaterThan(serial(former));
      String begun = fresh(lookup(ZONE, false));
      change(
          "INSERT INTO records (domain_id, name, type, content, ttl)"
              + " SELECT id, 'mail.moving.example', 'A', '192.0.2.7', 60 FROM domains");
      assertThat(connection.ask(lookup("mail." + ZONE, true))).doesNotContain("192.0.2.7");
      connection.ask(neighbours("mail"));
      connection.ask(lookup("alias." + ZONE, false));
      assertThat(signatureOf("SOA", connection.ask(lookup(ZONE, false))))
          .isEqualTo(signatureOf("SOA", begun));
    }
  }

  /** What another connection is told, which has nothing to go on with. */
  private String fresh(String request) throws Exception {
    try (Connection other = connect(Form.UNIX)) {
      return other.ask(request);
    }
  }

  private static String signatureOf(String type, String reply) {
    Matcher signature = Pattern.compile("\"" + type + " \\d+ \\d+ [^\"]+\"").matcher(reply);
    assertThat(signature.find()).as(reply).isTrue();
    return signature.group();
  }

  /** The calls are those of PowerDNS 4.7, which looks up the SOA again for the target. */
  @Test
  void theTargetOfAnAliasIsOfTheSameVersion() throws Exception {
    served.sign(ZONE);
    try (Connection connection = connect(Form.UNIX)) {
      String soa = connection.ask(lookup(ZONE, false));
      String alias = connection.ask(lookup("alias." + ZONE, true));
      String mail;
      try (Connection other = connect(Form.UNIX)) {
        mail = other.ask(lookup("mail." + ZONE, true));
      }

      change(
          "UPDATE records SET content = 'www.example.net' WHERE type = 'CNAME';"
              + " UPDATE records SET content = '192.0.2.9' WHERE name = 'mail.moving.example'");

      assertThat(connection.ask(lookup(ZONE, false))).isEqualTo(soa);
      assertThat(connection.ask(lookup("mail." + ZONE, true))).isEqualTo(mail);
      assertThat(connection.ask(lookup("mail." + ZONE, false))).isEqualTo(mail);
      assertThat(connection.ask(lookup("alias." + ZONE, false))).isEqualTo(alias);

      assertThat(serial(connection.ask(lookup(ZONE, false)))).isGreaterThan(serial(soa));
      assertThat(connection.ask(lookup("alias." + ZONE, true))).contains("www.example.net");
    }
  }

  @Test
  void aZoneThatNobodySignsIsAlwaysReadAsItIsNow() throws Exception {
    try (Connection connection = connect(Form.UNIX)) {
      assertThat(connection.ask(lookup(ZONE, false))).contains("SOA");
      change(
          "INSERT INTO records (domain_id, name, type, content, ttl)"
              + " SELECT id, 'no.moving.example', 'A', '192.0.2.7', 60 FROM domains");
      assertThat(connection.ask(lookup("no." + ZONE, true))).contains("192.0.2.7");
    }
  }
}
