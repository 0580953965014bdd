package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.keyward.admin.ConflictException;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.RecordRow;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** What was asked for by mistake is taken back while it can be. */
class UndoTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Duration HOLD = Duration.ofDays(1);
  private final Database database = TestDatabase.create();
  private final SigningDesk desk = new SigningDesk(database);
  private final RequestDesk requests = new RequestDesk(database);
  private final SoftwareTokens tokens = new SoftwareTokens(1000, "a", "b");

  @BeforeEach
  void zone() {
    new ZoneEditor(database)
        .create(
            ZONE,
            List.of(new RecordRow(0, ZONE, "SOA", "ns.x hm.x 1 10800 3600 604800 3600", 60, 0)));
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(database).verify().fault()).isEmpty();
    database.close();
  }

  private Signer signer(boolean twoPerson) {
    if (twoPerson) {
      new RequestDesk(database).needTwoPeople("signer:test", Instant.now());
    }
    return new Signer(
        new PostgresSigning(database, new Seal(Secret.of(new byte[32])), "signer:test"),
        tokens,
        ParentDs.NOT_ASKED,
        SigningSettings.DEFAULT,
        new DatabaseClock());
  }

  private void work() {
    work(signer(false));
  }

  private static void work(Signer signer) {
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
  }

  private long assign(String label) {
    return desk.assign(ZONE, "t", label, Optional.empty(), Optional.empty(), "", "os:alice");
  }

  private long unassign() {
    return desk.unassign(ZONE, HOLD, "typo", "os:alice");
  }

  private List<String> texts(String query) {
    return database.inTransaction(h -> h.createQuery(query).mapTo(String.class).list());
  }

  private List<String> states() {
    return texts("SELECT state || coalesce(ended_by, '') FROM keyward.assignment ORDER BY id");
  }

  private void signedAndOnItsWayBack() {
    assign("a");
    work();
    unassign();
    work();
    assertThat(states()).containsExactly("leavingos:alice");
  }

  @Test
  void theSameKeyAgainKeepsTheZoneSigned() {
    signedAndOnItsWayBack();
    long signed = tokens.signed();
    long again = assign("a");
    work();
    assertThat(desk.answer(again).state()).isEqualTo("done");
    assertThat(desk.answer(again).text())
        .contains("example.com stays signed with the key 'a'", "keyward ds example.com");
    assertThat(states()).containsExactly("signed");
    assertThat(texts("SELECT unsign_at::text FROM keyward.assignment")).containsOnlyNulls();
    assertThat(tokens.signed()).as("signatures that are there are good").isEqualTo(signed);
    assertThat(texts("SELECT actor || ' ' || action FROM keyward.audit ORDER BY id"))
        .endsWith("os:alice UNASSIGN", "os:alice UNASSIGN_CANCELLED");
  }

  @Test
  void anotherKeySaysHowToKeepTheOneThatIsThere() {
    signedAndOnItsWayBack();
    long other = assign("b");
    work();
    assertThat(desk.answer(other).text())
        .contains("'a'", "on its way to unsigned", "'keyward unassign --cancel example.com'");
  }

  @Test
  void anUnassignIsTakenBackWhileItWaits() {
    signedAndOnItsWayBack();
    long keep = desk.keep(ZONE, "typo", "os:bob");
    work();
    assertThat(desk.answer(keep).text()).contains("stays signed with the key 'a'");
    assertThat(states()).containsExactly("signed");
    long nothing = desk.keep(ZONE, "", "os:bob");
    work();
    assertThat(desk.answer(nothing).state()).isEqualTo("failed");
    assertThat(desk.answer(nothing).text()).contains("nothing to cancel");
  }

  @Test
  void anUnassignThatWaitsForASecondPersonIsTakenBackByOneAlone() {
    assign("a");
    work();
    long request = unassign();
    work(signer(true));
    assertThat(desk.answer(request).state()).isEqualTo("waiting");
    long keep = desk.keep(ZONE, "", "os:alice");
    work(signer(true));
    assertThat(desk.answer(keep).state()).isEqualTo("done");
    assertThat(desk.answer(request).text()).isEqualTo("cancelled by os:alice");
    assertThat(states()).containsExactly("signed");
  }

  @Test
  void aRequestIsCancelledBeforeTheSignerTakesIt() {
    long request = assign("a");
    requests.cancel(request, "wrong zone", "os:bob", Instant.now());
    work();
    assertThat(desk.answer(request).text()).isEqualTo("cancelled by os:bob: wrong zone");
    assertThat(states()).isEmpty();
    assertThat(tokens.signed()).isZero();
    assertThat(texts("SELECT actor || ' ' || action || ' ' || detail FROM keyward.audit"))
        .containsExactly(
            "os:bob REQUEST_CANCELLED request 1: sign example.com with the key 'a' on the token 't';"
                + " cancelled by os:bob: wrong zone");
    assertThatThrownBy(() -> requests.cancel(request, "", "os:bob", Instant.now()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("it is failed, and nothing was carried out");
  }

  @Test
  void whatIsCarriedOutSaysHowItIsTakenBack() {
    long request = assign("a");
    work();
    assertThatThrownBy(() -> requests.cancel(request, "", "os:bob", Instant.now()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("it is done; 'keyward unassign example.com' takes it back");
  }

  @Test
  void repeatingAnAssignmentWaitsForTheOneThatIsUnderWay() {
    long request = assign("a");
    assertThat(assign("a")).isEqualTo(request);
    Signer signer = signer(false);
    signer.plan();
    assertThat(desk.answer(request).state()).isEqualTo("started");
    assertThat(assign("a")).isEqualTo(request);
    assertThat(assign("b")).isNotEqualTo(request);
    work(signer);
    assertThat(desk.answer(request).text()).isEqualTo("example.com is signed");
    long after = assign("a");
    assertThat(after).isNotEqualTo(request);
    work(signer);
    assertThat(desk.answer(after).state()).isEqualTo("done");
    assertThat(desk.answer(after).text())
        .isEqualTo("example.com is signed with the key 'a' already");
  }

  @Test
  void askingForTheSameKeyInAnotherModeIsRefusedAndSaysHow() {
    assign("a");
    work();
    long other =
        desk.assign(ZONE, "t", "a", Optional.empty(), Optional.of(SigningMode.SPLIT), "", "os:al");
    work();
    String why =
        "example.com has the key 'a' already, in mode presigned; change that with 'keyward mode"
            + " example.com split'";
    assertThat(desk.answer(other).state()).isEqualTo("failed");
    assertThat(desk.answer(other).text()).isEqualTo(why);
    long same =
        desk.assign(ZONE, "t", "a", Optional.empty(), Optional.of(SigningMode.PRESIGNED), "", "o");
    work();
    assertThat(desk.answer(same).state()).isEqualTo("done");
  }

  @Test
  void theStatusOfOneZoneIsThatZoneAlone() {
    Name other = Name.fromConstantString("example.net.");
    new ZoneEditor(database).create(other, List.of());
    assertThat(desk.zones()).hasSize(2);
    assertThat(desk.zone(other))
        .singleElement()
        .satisfies(row -> assertThat(row).containsEntry("zone", "example.net"));
    assertThat(desk.zone(Name.fromConstantString("nothing.example."))).isEmpty();
  }

  @Test
  void inSqlToo() {
    signedAndOnItsWayBack();
    texts("SELECT keyward.cancel_unassign('example.com', 'typo')::text");
    work();
    assertThat(states()).containsExactly("signed");
    String number = texts("SELECT keyward.unassign('example.com')::text").get(0);
    texts("SELECT keyward.cancel_request(" + number + ", 'typo')::text");
    work();
    assertThat(states()).containsExactly("signed");
    assertThat(texts("SELECT answer FROM keyward.request WHERE id = " + number))
        .singleElement()
        .asString()
        .startsWith("cancelled by sql:")
        .endsWith(": typo");
    assertThat(texts("SELECT keyward.assign('example.com', 't', 'b')::text"))
        .isEqualTo(texts("SELECT keyward.assign('example.com', 't', 'b')::text"));
  }
}
