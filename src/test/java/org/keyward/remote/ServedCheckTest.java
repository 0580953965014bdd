package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.ListenAddress;
import org.keyward.powerdns.ServedCheck;
import org.keyward.store.PostgresSamples;
import org.keyward.zone.ServedListener;

/** What a real PowerDNS serves is validated, and what it serves otherwise than signed is found. */
@Tag("once")
@Timeout(180)
class ServedCheckTest {
  private static final String ZONE = "example.com";

  @TempDir Path directory;
  private ServedDatabase served;

  @BeforeEach
  void start() throws Exception {
    served = new ServedDatabase(directory, ServedListener.NONE);
    served.load(
        ZONE,
        """
        @ 60 IN SOA ns1 hostmaster 1 3600 600 604800 300
        @ 60 IN NS ns1
        @ 60 IN MX 10 MAIL
        @ 60 IN TXT "caf\\195\\169" "two"
        ns1 60 IN A 192.0.2.1
        mail 60 IN A 192.0.2.2
        odd 60 IN A 192.0.2.77
        www 60 IN CNAME mail
        svc 60 IN HTTPS 1 MAIL.example.com. alpn=h2
        _s._tcp 60 IN SRV 1 2 3 MAIL
        naptr 60 IN NAPTR 1 2 "s" "SIP+D2U" "" _SIP._udp.example.com.
        caa 60 IN CAA 0 issue "ca.example.net"
        any.wild 60 IN A 192.0.2.3
        *.wild 60 IN A 192.0.2.4
        sub 60 IN NS ns.sub
        sub 60 IN DS 4711 13 2 0000000000000000000000000000000000000000000000000000000000000000
        ns.sub 60 IN A 192.0.2.5
        """);
    served.sign(ZONE);
  }

  @AfterEach
  void stop() {
    served.close();
  }

  /**
   * @param program between Keyward and PowerDNS
   */
  private PowerDns powerDns(Path program) throws Exception {
    List<String> lines =
        List.of(
            "launch=remote",
            "remote-connection-string=pipe:command="
                + program
                + " "
                + served.servers.socket()
                + ",timeout=0",
            "remote-dnssec=yes",
            "cache-ttl=0",
            "query-cache-ttl=0",
            "negquery-cache-ttl=0");
    return PowerDns.start(Files.createTempDirectory(directory, "p"), lines);
  }

  private ServedCheck check(PowerDns powerDns) {
    return new ServedCheck(
        new ListenAddress("127.0.0.1", powerDns.port()),
        new PostgresSamples(served.database),
        Clock.systemUTC());
  }

  @Test
  void whatIsServedAsItIsSignedIsValid() throws Exception {
    Path relay = Path.of("bin/keyward-relay").toAbsolutePath();
    try (PowerDns powerDns = powerDns(relay);
        ServedCheck check = check(powerDns)) {
      for (int round = 0; round < 5; round++) {
        check.look();
      }
      assertThat(check.faults()).isEmpty();
      assertThat(check.validated()).isGreaterThan(50);
      served.setDenial(ZONE, "1 0 0 -");
      for (int round = 0; round < 3; round++) {
        check.look();
      }
      assertThat(check.faults()).isEmpty();
    }
  }

  /** As a reading of a row would that is not PowerDNS's. */
  @Test
  void whatIsServedOtherwiseIsFoundAndGoesWithItsCause() throws Exception {
    Path program =
        Files.writeString(
            directory.resolve("otherwise"),
            "#!/bin/sh\n%s \"$1\" | sed -u 's/192\\.0\\.2\\.77/192.0.2.78/'\n"
                .formatted(Path.of("bin/keyward-relay").toAbsolutePath()));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (PowerDns powerDns = powerDns(program);
        ServedCheck check = check(powerDns)) {
      while (check.faults().isEmpty()) {
        check.look();
      }
      assertThat(check.faults())
          .singleElement()
          .satisfies(
              fault -> {
                assertThat(fault.zone().toString(true)).isEqualTo(ZONE);
                assertThat(fault.what())
                    .startsWith("odd.example.com A: no signature of odd.example.com A fits");
              });
      served.sql("UPDATE records SET content = '192.0.2.7' WHERE name = 'odd.example.com'");
      while (!check.faults().isEmpty()) {
        check.look();
      }
    }
  }
}
