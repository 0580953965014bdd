package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows that say of a name that there are names below it, in each form in which PowerDNS's tools
 * write them, and a PowerDNS that does not look for such names in a transfer.
 */
@Tag("once")
@Timeout(300)
class EmptyNonTerminalsTest {
  private static final String ZONE = "ent.example";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"", "1 0 0 -", "1 1 0 -"})
  void transfersHaveTheSameChainWithoutRectify(String nsec3param) throws Exception {
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(
          ZONE + ".",
          """
          @ 300 SOA ns.example.net. h.example.net. 1 3600 600 604800 60
          @ 300 NS ns.example.net.
          a.b.c 300 A 192.0.2.1
          *.wild 300 A 192.0.2.2
          x.cut.deep 300 NS ns.example.net.
          x.cut.deep 300 DS 1 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
          """);
      add(served, "b.c", "NULL", "NULL");
      add(served, "c", "''", "''");
      add(served, "wild", "'TYPE0'", "''");
      add(served, "gone", "NULL", "NULL");
      try (PowerDns plain = start(served, "p");
          PowerDns bare = start(served, "b", "disable-axfr-rectify=yes")) {
        assertThat(plain.pdnsutil("secure-zone", ZONE)).contains("secured");
        if (!nsec3param.isEmpty()) {
          plain.pdnsutil("set-nsec3", ZONE, nsec3param);
        }
        for (String name : List.of("b.c", "c", "wild", "cut.deep", "deep")) {
          assertThat(plain.dig("+dnssec", name + "." + ZONE, "A"))
              .contains("status: NOERROR", "ANSWER: 0");
        }
        ServedDatabase.await(() -> !chain(plain).isEmpty() && !chain(bare).isEmpty());
        assertThat(chain(bare)).isEqualTo(chain(plain));
        Path transferred = folder.resolve("transferred");
        Files.write(transferred, Transfers.of(bare.port(), ZONE));
        assertThat(PowerDns.run(List.of("ldns-verify-zone", transferred.toString())))
            .contains("is verified and complete");
      }
      assertThat(served.texts("SELECT type || ' ' || reason FROM keyward.problem")).isEmpty();
    }
  }

  private static List<String> chain(PowerDns powerDns) {
    return Transfers.of(powerDns.port(), ZONE).stream()
        .filter(row -> row.matches("\\S+ \\d+ IN NSEC3? .*"))
        .toList();
  }

  private PowerDns start(ServedDatabase served, String directory, String... more) throws Exception {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "launch=remote",
                "remote-dnssec=yes",
                "cache-ttl=0",
                "query-cache-ttl=0",
                "negquery-cache-ttl=0",
                "domain-metadata-cache-ttl=0",
                "dnssec-key-cache-ttl=0",
                "zone-cache-refresh-interval=0",
                Form.UNIX.connection(served.servers.socket(), served.servers.url())));
    lines.addAll(List.of(more));
    return PowerDns.start(
        PowerDnsVersion.all().get(0), Files.createDirectory(folder.resolve(directory)), lines);
  }

  private static void add(ServedDatabase served, String name, String type, String content) {
    served.sql(
        "INSERT INTO records (domain_id, name, type, content) SELECT id, '%s.' || name, %s, %s"
                .formatted(name, type, content)
            + " FROM domains WHERE name = '"
            + ZONE
            + "'");
  }
}
