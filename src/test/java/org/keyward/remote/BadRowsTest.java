package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.keyward.remote.ServedDatabase.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.store.TestDatabase;
import org.xbill.DNS.Name;

/**
 * Rows that PowerDNS would end at, or see no new zone for: it starts over a database that has them,
 * lives, and sees what comes.
 */
@Timeout(600)
class BadRowsTest {
  private static final String SOA = " SOA ns.example.com h.example.com 5 7200 3600 9999 60";

  @TempDir private Path folder;

  static List<PowerDnsVersion> versions() {
    return PowerDnsVersion.chosen();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void powerDnsLivesOverAllOfThemTogether(PowerDnsVersion version) throws IOException {
    version.assumeThere();
    assertLives(version, BadRow.all().toList());
  }

  static Stream<Arguments> kinds() {
    return PowerDnsVersion.all().stream()
        .flatMap(version -> BadRow.kinds().map(kind -> Arguments.of(version, kind)));
  }

  /** One may hide another: PowerDNS leaves off at the first that it meets. */
  @Tag("long")
  @ParameterizedTest
  @MethodSource("kinds")
  void powerDnsLivesOverThoseOfAKind(PowerDnsVersion version, String kind) throws IOException {
    version.assumeThere();
    assertLives(version, BadRow.all().filter(row -> row.kind().equals(kind)).toList());
  }

  private void assertLives(PowerDnsVersion version, List<BadRow> rows) throws IOException {
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.zone("good.example", "MASTER", "good.example" + SOA, "good.example A 192.0.2.1");
      for (int i = 0; i < rows.size(); i++) {
        String zone = "z" + i + ".example";
        int id = served.zone(zone, "NATIVE", zone + SOA, zone + " A 192.0.2.1");
        damage(served, rows.get(i).sql().replace("$id", Integer.toString(id)), id);
      }
      awaitAllIsRead(served, "before.example");
      try (PowerDns powerDns =
          PowerDns.start(
              version,
              Files.createDirectory(folder.resolve("p")),
              List.of(
                  "launch=remote",
                  "remote-dnssec=yes",
                  "primary=yes",
                  "secondary=yes",
                  "xfr-cycle-interval=1",
                  "zone-cache-refresh-interval=1",
                  "query-cache-ttl=0",
                  "negquery-cache-ttl=0",
                  "cache-ttl=0",
                  "remote-connection-string=unix:path=" + served.servers.socket()))) {
        assertThat(powerDns.digShort("good.example", "A")).containsExactly("192.0.2.1");
        served.zone("new.example", "NATIVE", "new.example" + SOA, "new.example A 192.0.2.2");
        await(() -> powerDns.digShort("new.example", "A").contains("192.0.2.2"));
        double looks = asked(served, "getUnfreshSlaveInfos");
        await(() -> !powerDns.isAlive() || asked(served, "getUnfreshSlaveInfos") > looks + 2);
        assertThat(powerDns.isAlive()).as(powerDns.log()).isTrue();
        assertThat(powerDns.log())
            .doesNotContain("Exception while updating zone cache", "communicator thread died");
        if (rows.size() > 1) {
          assertThat(powerDns.pdnsutil("list-all-zones")).contains("good.example", "new.example");
          assertThat(powerDns.pdnsutil("list-tsig-keys")).doesNotContain("xception", "rror");
        }
        for (int i = 0; i < rows.size(); i++) {
          String answer = powerDns.dig("z" + i + ".example", "A");
          assertThat(answer)
              .as("%s%n%s", rows.get(i), rows.get(i).sql())
              .doesNotContain("SERVFAIL");
        }
      }
    }
  }

  private static double asked(ServedDatabase served, String method) {
    return served
        .servers
        .metrics()
        .find("keyward.remote.requests")
        .tag("method", method)
        .timers()
        .stream()
        .mapToDouble(timer -> timer.count())
        .sum();
  }

  private static void damage(ServedDatabase served, String sql, int id) {
    TestDatabase.jdbi(served.database)
        .useTransaction(
            h -> {
              h.execute("SET LOCAL session_replication_role = replica");
              for (String statement : sql.split(";(?=[A-Z])")) {
                h.execute(statement);
              }
              h.execute("SELECT keyward.touch_zone(?)", id);
              h.execute("INSERT INTO keyward.change (kind) VALUES ('tsig')");
            });
  }

  /** What was committed before is read by then. */
  private static void awaitAllIsRead(ServedDatabase served, String zone) throws IOException {
    served.zone(zone, "NATIVE", zone + SOA);
    Name origin = Name.fromString(zone + ".");
    await(() -> served.loaded.isOrigin(origin));
  }
}
