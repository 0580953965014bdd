package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.keyward.config.Secret;
import org.keyward.signing.AdoptedZones;
import org.keyward.signing.HsmZone;
import org.keyward.signing.Seal;

/** PINs leave the database for those servers alone that can give PowerDNS another one. */
class HsmAdoptionTest {
  private static final Map<String, String> OFFICE = Map.of("Office HSM", "softhsm2");
  private final Database database = TestDatabase.create();
  private final Seal seal = new Seal(Secret.of("0123456789abcdef0123456789abcdef"));

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(database).verify().fault()).isEmpty();
    database.close();
  }

  private HsmAdoption adoption(Database as) {
    return new HsmAdoption(as, seal, Map.of("Office HSM", "office"));
  }

  private AdoptedZones adopt(Database as) {
    HsmAdoption adoption = adoption(as);
    return adoption.apply(adoption.find(), "", "os:alice", Instant.now(), done -> {});
  }

  private void zones(int first, int last, String pinLine) {
    database.useTransaction(
        h -> {
          for (int i = first; i <= last; i++) {
            zone(h, "z" + i + ".test", pinLine);
          }
        });
  }

  private static void zone(Handle handle, String name, String pinLine) {
    handle.execute("SELECT keyward.create_zone(?, ARRAY['ns.example.net'])", name);
    handle.execute(
        """
        INSERT INTO cryptokeys (domain_id, flags, active, published, content)
        SELECT id, 257, true, true, ? FROM domains WHERE name = ?
        """,
        "Algorithm: 13\nEngine: softhsm2\nSlot: Office HSM\n" + pinLine + "Label: ksk\n",
        name);
  }

  private void server(String name, Map<String, String> given) {
    database.useTransaction(h -> ServerTable.report(h, name, given));
  }

  private List<String> texts(String query) {
    return database.inTransaction(h -> h.createQuery(query).mapTo(String.class).list());
  }

  private boolean pinIsThere() {
    return !texts("SELECT content FROM cryptokeys WHERE content LIKE '%PIN: 123456%'").isEmpty();
  }

  private static HsmZone only(AdoptedZones adopted) {
    return adopted.zones().get(0);
  }

  @Test
  void pinsStayWhileNoServerIsThere() {
    zones(1, 1, "PIN: 123456\n");
    AdoptedZones adopted = adopt(database);
    assertThat(only(adopted).withoutPin().orElseThrow())
        .contains("no server is running", "'Office HSM'", "powerdns-module: softhsm2");
    assertThat(adopted.requests()).isEmpty();
    assertThat(pinIsThere()).isTrue();
  }

  @Test
  void pinsStayWhileOneOfTheServersHasNot() {
    zones(1, 1, "PIN: 123456\n");
    server("ns1 at 127.0.0.1:8054", OFFICE);
    server("ns2 at 127.0.0.1:8054", Map.of());
    server("ns3 at 127.0.0.1:8054", Map.of("Office HSM", "opensc"));
    assertThat(only(adopt(database)).withoutPin().orElseThrow())
        .contains("ns2 at", "ns3 at", "cannot give PowerDNS the PIN")
        .doesNotContain("ns1");
    assertThat(pinIsThere()).isTrue();
    assertThat(texts("SELECT kind FROM keyward.request")).isEmpty();

    server("ns2 at 127.0.0.1:8054", OFFICE);
    database.useTransaction(
        h ->
            h.execute(
                "UPDATE keyward.server SET seen_at = now() - INTERVAL '2 min' WHERE name ~ 'ns3'"));
    AdoptedZones adopted = adopt(database);
    assertThat(only(adopted).withoutPin()).as("ns3 does not answer any more").isEmpty();
    assertThat(adopted.requests()).hasSize(1);
    assertThat(pinIsThere()).isFalse();
  }

  /** Such a key is given its PIN by an adoption, or not at all. */
  @Test
  void aKeyThatNeverHadAPinIsLikeOthers() {
    zones(1, 1, "");
    assertThat(only(adopt(database)).withoutPin()).isPresent();
    assertThat(texts("SELECT content FROM cryptokeys")).allMatch(text -> text.contains("Engine"));
    server("ns1 at 127.0.0.1:8054", OFFICE);
    assertThat(adopt(database).requests()).hasSize(1);
    assertThat(texts("SELECT takes_pin::text FROM keyward.powerdns_private_keys WHERE flags = 257"))
        .containsExactly("true");
  }

  @Test
  void aServerThatIsStoppedIsNotWaitedFor() {
    TokenPins pins =
        new TokenPins(
            Map.of(
                "Office HSM",
                new TokenPins.Pin(
                    Secret.of("123456".getBytes(StandardCharsets.UTF_8)), "softhsm2")));
    try (ServerReports with = new ServerReports(database, "with", pins)) {
      with.start();
      try (ServerReports without = new ServerReports(database, "without", TokenPins.NONE)) {
        without.start();
        assertThat(texts("SELECT name FROM keyward.server ORDER BY 1"))
            .containsExactly("with", "without");
      }
      assertThat(texts("SELECT server || ' ' || slot || ' ' || module FROM keyward.server_pin"))
          .containsExactly("with Office HSM softhsm2");
      assertThat(texts("SELECT name FROM keyward.server")).containsExactly("with");
    }
    assertThat(texts("SELECT name FROM keyward.server")).isEmpty();
  }

  /** A PIN that the token has refused is given to nobody: such a server cannot give it. */
  @Test
  void aPinThatIsWithheldIsNotThere() {
    TokenPins pins =
        new TokenPins(
            Map.of(
                "Office HSM",
                new TokenPins.Pin(
                    Secret.of("123456".getBytes(StandardCharsets.UTF_8)), "softhsm2")));
    pins.withhold(Set.of("Office HSM"));
    try (ServerReports reports = new ServerReports(database, "ns1", pins)) {
      reports.start();
      zones(1, 1, "PIN: 123456\n");
      assertThat(only(adopt(database)).withoutPin().orElseThrow()).contains("ns1");
    }
  }

  @Test
  void costsGrowWithTheZonesAlone() {
    server("ns1 at 127.0.0.1:8054", OFFICE);
    zones(1, 5, "PIN: 123456\n");
    int few =
        TestDatabase.statements(database, () -> assertThat(adopt(database).requests()).hasSize(5));
    database.useTransaction(h -> h.execute("DELETE FROM keyward.request"));
    database.useTransaction(h -> h.execute("DELETE FROM keyward.sealed_key"));
    zones(6, 45, "PIN: 123456\n");
    List<Integer> told = new ArrayList<>();
    HsmAdoption adoption = adoption(database);
    int many =
        TestDatabase.statements(
            database,
            () ->
                adoption.apply(
                    adoption.find(), "", "os:alice", Instant.now(), done -> told.add(done)));
    assertThat(told).hasSize(40).isSorted().startsWith(0).endsWith(39);
    assertThat(many).isLessThanOrEqualTo(8 * few);
  }

  /** Who owns the tables needs nothing else: no superuser, no right to make roles. */
  @Test
  void theOwnerOfTheTablesMayDoIt() throws Exception {
    try (Database admin = TestDatabase.createEmpty()) {
      String name =
          admin.inTransaction(
              h -> h.createQuery("SELECT current_database()::TEXT").mapTo(String.class).one());
      String owner = name + "_owner";
      admin
          .jdbi()
          .useHandle(
              h -> {
                h.execute("CREATE ROLE " + owner + " LOGIN PASSWORD 'of-owner'");
                h.execute("ALTER DATABASE " + name + " OWNER TO " + owner);
                h.execute("ALTER SCHEMA public OWNER TO " + owner);
              });
      try (Database own =
          Database.connect(
              "jdbc:postgresql://127.0.0.1:" + TestDatabase.server().port() + "/" + name,
              owner,
              Optional.of(Secret.of("of-owner".getBytes(StandardCharsets.UTF_8))))) {
        Migrations.migrate(own);
        own.useTransaction(h -> zone(h, "z.test", "PIN: 123456\n"));
        own.useTransaction(h -> ServerTable.report(h, "ns1", OFFICE));
        assertThat(adopt(own).requests()).hasSize(1);
        assertThat(new PostgresAudit(own).verify().fault()).isEmpty();
        List<String> keys =
            own.inTransaction(
                h ->
                    h.createQuery("SELECT form FROM keyward.powerdns_keys")
                        .mapTo(String.class)
                        .list());
        assertThat(keys).containsExactly("sealed", "sealed");
      }
    }
  }
}
