package org.keyward;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PowerDNS over HTTP, whose path is its login. */
class SecretPathIT {
  @TempDir Path dir;

  @Test
  void powerDnsKnowsThePathAndNobodyElseLearnsIt() throws Exception {
    try (Installation keyward = new Installation(dir)) {
      keyward.start("--verbose");
      keyward.cli("zone", "create", "example.com", "--ns", "ns1.example.net");
      String printed = keyward.cli("pdns-config", "--powerdns", "4.7", "--transport", "http");
      String secret = keyward.read("data/backend-secret").strip();
      assertThat(printed).contains("/dns/" + secret + ",post=1");
      keyward.startPowerDnsWith(printed);
      assertThat(keyward.dig("+short", "example.com", "NS")).contains("ns1.example.net.");

      sendRubbish(keyward.httpPort, "/dns/" + secret);
      assertThat(keyward.read("keyward.log")).doesNotContain(secret);
      assertThat(keyward.read("keyward.log")).doesNotContain("/dns/");

      keyward.stopPowerDns();
      // With the list of all zones, which it does not get, it would not even start.
      keyward.startPowerDnsWith(
          printed
              .replace(secret, "x".repeat(32))
              .replaceFirst("zone-cache-refresh-interval=\\d+", "zone-cache-refresh-interval=0"));
      assertThat(keyward.dig("example.com", "NS")).contains("SERVFAIL");
      assertThat(keyward.read("keyward.log")).contains("does not know the secret part of the path");
    }
  }

  /** Broken in every way that a server may want to write about. */
  private static void sendRubbish(int port, String path) throws IOException {
    String head = "POST " + path + "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    String json = "Content-Type: text/javascript\r\n";
    for (String request :
        List.of(
            head.formatted("") + json + "Transfer-Encoding: chunked\r\n\r\nnot a chunk\r\n",
            head.formatted("/lookup") + "Transfer-Encoding: chunked\r\n\r\nnot a chunk\r\n",
            head.formatted("") + json + "Content-Length: x\r\n\r\n",
            head.formatted("") + json + "Content-Length: 5\r\n\r\n{{{{{",
            head.formatted("/lookup/%zz/A") + "\r\n",
            head.formatted("/lookup/%00/A") + "\r\n",
            head.formatted("") + "Expect: everything\r\nContent-Length: 0\r\n\r\n",
            head.formatted("") + json + "X: " + "y".repeat(20_000) + "\r\n\r\n",
            head.formatted("/" + "y".repeat(20_000)) + "\r\n",
            head.formatted("") + "Origin: http://evil.example\r\n\r\n",
            head.formatted("").replace("POST", "BREW") + "\r\n",
            head.formatted("").replace("HTTP/1.1", "HTTP/7.1") + "\r\n")) {
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        client.getOutputStream().write(request.getBytes(US_ASCII));
        assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
            .startsWith("HTTP/1.1 ")
            .doesNotContain("<html", "not-known", "/dns/");
      } catch (java.net.SocketException e) {
        // the server has hung up before it had read everything
      }
    }
  }

  @Test
  void theSecretIsNotPrintedWhereEverybodyCanReadIt() throws Exception {
    try (Installation keyward = new Installation(dir)) {
      Path file = Files.createFile(dir.resolve("pdns.conf"));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      String error = print(keyward, "http", file, 1);
      assertThat(error).contains("can be read by everybody", "install -m 640 -g pdns");
      assertThat(file).isEmptyFile();

      print(keyward, "unix", file, 0);
      assertThat(file).content().contains("unix:path=");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
      print(keyward, "http", file, 0);
      assertThat(file).content().contains("/dns/" + keyward.read("data/backend-secret").strip());
    }
  }

  private String print(Installation keyward, String transport, Path file, int status)
      throws Exception {
    Path error = dir.resolve("stderr");
    Process process =
        new ProcessBuilder(
                keyward.command("pdns-config", "--powerdns", "4.7", "--transport", transport))
            .redirectOutput(file.toFile())
            .redirectError(error.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(error)).isEqualTo(status);
    return Files.readString(error);
  }
}
