package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;

/** An adoption under the two-person rule. */
class AdoptionApprovalTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private final Database database = TestDatabase.create();
  private final Seal seal = new Seal(Secret.of(new byte[32]));
  private final RequestDesk requests = new RequestDesk(database);
  private final SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
  private final HsmAdoption adoption = new HsmAdoption(database, seal, Map.of("software", "t"));

  private final Signer signer =
      new Signer(
          new PostgresSigning(database, seal, "signer:test"),
          tokens,
          ParentDs.NOT_ASKED,
          SigningSettings.DEFAULT,
          new DatabaseClock());

  @BeforeEach
  void zoneThatPowerDnsSigns() {
    requests.needTwoPeople("signer:test", Instant.now());
    database.useTransaction(
        h -> ServerTable.report(h, "one at 127.0.0.1:8054", Map.of("software", "softhsm2")));
    new ZoneEditor(database)
        .create(
            ZONE,
            List.of(new RecordRow(0, ZONE, "SOA", "ns.x hm.x 1 10800 3600 604800 60", 60, 0)));
    database.useTransaction(
        h ->
            h.execute(
                """
                INSERT INTO cryptokeys (domain_id, flags, active, published, content)
                SELECT id, 257, true, true, ? FROM domains
                """,
                "Algorithm: 13\nEngine: softhsm2\nSlot: software\nPIN: 123456\nLabel: ksk\n"));
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(database).verify().fault()).isEmpty();
    database.close();
  }

  private long apply() {
    return apply("ticket 7").get(ZONE);
  }

  private Map<Name, Long> apply(String reason) {
    return adoption
        .apply(adoption.find(), reason, "os:alice@one", Instant.now(), done -> {})
        .requests();
  }

  private void work() {
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
  }

  private List<String> texts(String query) {
    return database.inTransaction(h -> h.createQuery(query).mapTo(String.class).list());
  }

  @Test
  void nothingIsSignedBeforeASecondPersonApproves() {
    long request = apply();
    work();
    assertThat(texts("SELECT state FROM keyward.request")).containsExactly("waiting");
    assertThat(texts("SELECT state FROM keyward.assignment")).isEmpty();
    assertThat(tokens.signed()).isZero();
    assertThat(apply("")).as("asked for").isEmpty();
    assertThatThrownBy(() -> requests.approve(request, "api:alice", Instant.now()))
        .hasMessageContaining("somebody else must approve it");
    work();
    assertThat(tokens.signed()).isZero();

    requests.approve(request, "api:bob", Instant.now());
    work();
    assertThat(texts("SELECT state FROM keyward.request")).containsExactly("started");
    assertThat(tokens.signed()).isPositive();
    assertThat(texts("SELECT actor || ' ' || action FROM keyward.audit ORDER BY id"))
        .containsSubsequence(
            "os:alice@one REQUEST_MADE", "api:bob REQUEST_APPROVED", "os:alice@one ASSIGN");
  }

  /** The ZSK that was published ahead stays, and is the one that the next request takes. */
  @Test
  void whatWasRejectedCanBeAskedForAgain() {
    long request = apply();
    work();
    requests.reject(request, "not now", "api:bob", Instant.now());
    assertThat(adoption.find().get(0).obstacle()).isEmpty();
    assertThat(apply()).isGreaterThan(request);
    assertThat(texts("SELECT DISTINCT zsk_tag::text FROM keyward.request")).hasSize(1);
    assertThat(texts("SELECT id::text FROM keyward.sealed_key")).hasSize(2);
    assertThat(texts("SELECT (max(not_before) > now() + '2 min')::text FROM keyward.request"))
        .as("resolvers may not know it yet")
        .containsExactly("true");
  }
}
