package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.admin.ApiTokens;
import org.keyward.admin.ConflictException;
import org.keyward.admin.Role;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.signing.Findings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SigningRequest;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.SigningMode;
import org.keyward.zone.WriteRefusedException;
import org.xbill.DNS.Name;

@Tag("once")
class RequestDeskTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Name OTHER = Name.fromConstantString("example.org.");
  private final Database database = TestDatabase.create();
  private final RequestDesk requests = new RequestDesk(database);
  private final SigningDesk desk = new SigningDesk(database);
  private final ZoneEditor zones = new ZoneEditor(database);
  private final SoftwareTokens tokens = new SoftwareTokens(1000, "a");

  private final Signer signer =
      new Signer(
          new PostgresSigning(database, new Seal(Secret.of(new byte[32])), "signer:test"),
          tokens,
          ParentDs.NOT_ASKED,
          SigningSettings.DEFAULT,
          new DatabaseClock());

  @BeforeEach
  void needTwoPeople() {
    requests.needTwoPeople("signer:test", Instant.now());
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(database).verify().fault()).isEmpty();
    database.close();
  }

  private void create() {
    zones.create(
        ZONE, List.of(new RecordRow(0, ZONE, "SOA", "ns.x hm.x 1 10800 3600 604800 3600", 60, 0)));
  }

  private void endTheRule() {
    long off = requests.askForOnePerson("", "os:alice@one", Instant.now());
    requests.approve(off, "os:bob@one", Instant.now());
  }

  private long assign() {
    create();
    return desk.assign(
        ZONE, "t", "a", Optional.empty(), Optional.empty(), "new zone", "os:alice@one");
  }

  private void work() {
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
  }

  @Test
  void nothingIsSignedBeforeASecondPersonApproves() {
    long request = assign();
    work();
    assertThat(desk.answer(request).state()).isEqualTo("waiting");
    assertThat(tokens.signed()).isZero();

    requests.approve(request, "api:bob", Instant.now());
    work();
    assertThat(desk.answer(request).text()).isEqualTo("example.com is signed");
    assertThat(events())
        .containsSequence(
            "os:alice@one REQUEST_MADE DONE",
            "api:bob REQUEST_APPROVED DONE",
            "os:alice@one ASSIGN DONE");
  }

  /** Who approves it reads that, and nothing else. */
  @Test
  void eachKindSaysWhatItAsksFor() {
    create();
    Instant now = Instant.now();
    Optional<Algorithm> algorithm = Optional.of(Algorithm.ED25519);
    desk.assign(ZONE, "t", "a", Optional.empty(), Optional.empty(), "", "x");
    desk.assign(ZONE, "t", "a", algorithm, Optional.of(SigningMode.SPLIT), "", "x");
    sql(
        "INSERT INTO keyward.request (kind, zone, token, label, actor)"
            + " VALUES ('adopt', 'example.com', 't', 'a', 'x')");
    desk.unassign(ZONE, Duration.ofHours(50), "", "x");
    desk.keep(ZONE, "", "x");
    desk.changeMode(ZONE, "split", "", "x");
    for (String command : List.of("start", "start-now", "start-3d", "hold", "resume", "cancel")) {
      desk.roll(ZONE, command, "zsk", "", "x");
    }
    desk.policy(new SigningRequest.OfPolicy(Name.root, "set", "banks", "pace=now", "", "x"));
    desk.policy(new SigningRequest.OfPolicy(Name.root, "delete", "banks", "", "", "x"));
    desk.policy(new SigningRequest.OfPolicy(ZONE, "assign", "banks", "", "", "x"));
    requests.askToDelete(ZONE, "", false, "x", now);
    requests.askToDelete(ZONE, "", true, "x", now);
    for (List<String> digests : List.of(List.<String>of(), List.of("0"), List.of("2", "4"))) {
      requests.askToPublish(ZONE, digests, "", "x", now);
    }
    requests.askForOnePerson("", "x", now);
    new PostgresClock(database).accept(Duration.ofDays(1), "", "x");

    assertThat(requests.list(false, 99).stream().map(row -> row.get("asks_for").toString()))
        .containsExactlyInAnyOrder(
            "sign example.com with the key 'a' on the token 't'",
            "sign example.com with the key 'a' on the token 't', algorithm ed25519, in mode split",
            "take over the signing of example.com from PowerDNS, with its key 'a' on the token 't'",
            "take example.com back to unsigned, signed for 2 days 2 h more",
            "keep example.com signed, which is on its way to unsigned",
            "change the mode of example.com to split",
            "replace the ZSK of example.com",
            "replace the ZSK of example.com, and sign anew at once",
            "replace the ZSK of example.com, and sign anew within 3d",
            "hold the roll of the ZSK of example.com where it is",
            "let the roll of the ZSK of example.com go on",
            "cancel the roll of the ZSK of example.com",
            "set pace=now in the policy banks",
            "delete the policy banks",
            "keep the keys of example.com by the policy banks",
            "delete the zone example.com",
            "delete the zone example.com, even if it is signed",
            "publish neither CDS nor CDNSKEY in example.com",
            "ask the parent of example.com to delete its DS, with CDS and CDNSKEY",
            "publish CDNSKEY and CDS of digest type 2, 4 in example.com",
            "end the rule that two people are needed",
            "go on signing for 1 day though the signer's and the database's clocks differ");
    String kinds = "SELECT DISTINCT kind FROM keyward.request ORDER BY 1";
    assertThat(rows(kinds))
        .containsExactlyElementsOf(
            rows(
                "SELECT m[1] AS kind FROM pg_constraint,"
                    + " regexp_matches(pg_get_constraintdef(oid), '''([a-z]+)''', 'g') m"
                    + " WHERE conname = 'request_kind_check' ORDER BY 1"));
  }

  @Test
  void nobodyApprovesTheirOwnRequestFromWhateverHost() {
    long request = assign();
    work();
    assertThatThrownBy(() -> requests.approve(request, "os:alice@two", Instant.now()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("somebody else must approve it");
    // Not with SQL either.
    assertThatThrownBy(
            () ->
                database.useTransaction(
                    h ->
                        h.execute(
                            "UPDATE keyward.request SET state = 'queued', approved_by ="
                                + " 'os:alice@x'")))
        .hasMessageContaining("somebody else must approve it");
    work();
    assertThat(tokens.signed()).isZero();
    assertThat(events()).endsWith("os:alice@two REQUEST_APPROVED REFUSED");
  }

  /** However somebody comes, the same name is the same person. */
  @ParameterizedTest
  @ValueSource(strings = {"os:alice@two", "api:alice", "api:Alice", "sql:alice", "sql:alice@corp"})
  void anotherEntranceMakesNoSecondPerson(String approver) {
    long request = assign();
    work();
    assertThatThrownBy(() -> requests.approve(request, approver, Instant.now()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("os:alice@one made request 1: somebody else must approve it");
    work();
    assertThat(tokens.signed()).isZero();
  }

  @Test
  void whoMakesATokenIsNoSecondPersonWithItNorForItsBearer() {
    ApiTokens api = new ApiTokens(new PostgresApiTokens(database), Clock.systemUTC());
    api.create("ghost", Role.OPERATOR, Optional.empty(), "os:alice@three");
    long own = assign();
    work();
    assertThatThrownBy(() -> requests.approve(own, "api:ghost", Instant.now()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("'ghost' was made by os:alice@three");
    requests.approve(own, "api:bob", Instant.now());
    work();

    long ghosts = desk.unassign(ZONE, Duration.ZERO, "", "api:ghost");
    work();
    assertThatThrownBy(() -> requests.approve(ghosts, "os:alice@one", Instant.now()))
        .hasMessageContaining("'ghost' was made by os:alice@three");
    requests.approve(ghosts, "os:bob@one", Instant.now());
    work();
    assertThat(desk.answer(ghosts).state()).isEqualTo("done");
  }

  /** Else anybody who may run pdnsutil could approve what they asked with it. */
  @Test
  void whatNobodyInPersonAskedForIsRefused() {
    create();
    long request = desk.assign(ZONE, "t", "a", Optional.empty(), Optional.empty(), "", "powerdns");
    work();
    assertThat(desk.answer(request).text()).contains("PowerDNS does not say who asks");
    assertThat(tokens.signed()).isZero();
    assertThat(events()).endsWith("powerdns ASSIGN REFUSED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM public.domains",
        "SELECT keyward.drop_zone('example.com')",
        "UPDATE public.domains SET name = 'example.net'"
      })
  void plainSqlDoesNotPassTheRule(String statement) {
    create();
    // Not with an approval of long ago either: the zone is there again.
    long before = requests.askToDelete(ZONE, "", false, "os:alice@one", Instant.now());
    requests.approve(before, "os:bob@one", Instant.now());
    create();
    assertThatThrownBy(() -> database.useTransaction(h -> h.createUpdate(statement).execute()))
        .hasMessageContaining(
            "zone example.com: it takes two people to delete or rename a zone; ask with 'keyward"
                + " zone delete example.com'");
    assertThat(zones.find(ZONE)).isPresent();
    endTheRule();
    database.useTransaction(h -> h.createUpdate(statement).execute());
    assertThat(zones.find(ZONE)).isEmpty();
    assertThat(events())
        .startsWith("signer:test RULE_CHANGED DONE")
        .endsWith("os:alice@one RULE_CHANGED DONE");
  }

  /** Of a zone that is signed, and what asks for the DS to go, whichever way somebody comes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'PUBLISH-CDS', '0' FROM domains",
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'PUBLISH-CDNSKEY', '0' FROM domains",
        "UPDATE domainmetadata SET content = '0' WHERE kind = 'PUBLISH-CDS'",
        "UPDATE domainmetadata SET kind = 'PUBLISH-CDS', content = '0' WHERE kind = 'X-OWN'",
        "UPDATE domainmetadata SET kind = 'X-WAS' WHERE kind = 'PUBLISH-CDS'",
        "DELETE FROM domainmetadata",
        "TRUNCATE domainmetadata",
        "TRUNCATE cryptokeys",
        "UPDATE keyward.rule SET two_person = false",
        "DELETE FROM keyward.rule",
        "TRUNCATE keyward.rule"
      })
  void whatTheKskSignsForTheParentPassesTheRule(String statement) {
    long asked = assign();
    work();
    requests.approve(asked, "os:bob@one", Instant.now());
    work();
    long published = requests.askToPublish(ZONE, List.of("2"), "", "os:alice@one", Instant.now());
    requests.approve(published, "os:bob@one", Instant.now());
    sql(
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'X-OWN', 'x' FROM domains");
    work();
    int signed = tokens.signed();

    assertThatThrownBy(() -> sql(statement))
        .hasMessageMatching("(?s).*(takes two people|are signed).*");
    assertThatThrownBy(
            () ->
                new PostgresZoneWriter(database, new ServedChanges())
                    .setMetadata(ZONE, "PUBLISH-CDS", List.of("0")))
        .isInstanceOf(WriteRefusedException.class)
        .hasMessageContaining("ask with 'keyward ds example.com --publish'");
    work();
    assertThat(tokens.signed()).isEqualTo(signed);

    long delete = requests.askToPublish(ZONE, List.of("0"), "moves", "os:alice@one", Instant.now());
    assertThatThrownBy(() -> requests.approve(delete, "api:alice", Instant.now()))
        .hasMessageContaining("somebody else must approve it");
    requests.approve(delete, "os:bob@one", Instant.now());
    work();
    assertThat(tokens.signed()).isGreaterThan(signed);
    assertThat(details())
        .contains(
            "os:alice@one REQUEST_MADE request 3 waits for a second person: ask the parent of"
                + " example.com to delete its DS, with CDS and CDNSKEY; moves")
        .contains(
            "os:alice@one PUBLISHED_KEYS_CHANGED delete CDS: the parent is asked to delete the DS;"
                + " delete CDNSKEY: the parent is asked to delete the DS");
  }

  /** Of a zone that PowerDNS signs, with keys of its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'PRESIGNED', '1' FROM domains",
        "UPDATE domainmetadata SET kind = 'PRESIGNED', content = '1' WHERE kind = 'X-OWN'",
        "UPDATE domainmetadata SET domain_id = (SELECT id FROM domains WHERE name = 'example.com')",
        "DELETE FROM domainmetadata WHERE kind = 'PRESIGNED'; UPDATE domainmetadata"
            + " SET kind = 'PRESIGNED', domain_id = (SELECT id FROM domains WHERE name = 'example.com')",
        "INSERT INTO records (domain_id, name, type, content) SELECT id, name, 'CDS', '0 0 0 00' FROM domains",
        "INSERT INTO records (domain_id, name, type, content) SELECT id, name, 'TYPE59', '0 0 0 00' FROM domains",
        "INSERT INTO records (domain_id, name, type, content) SELECT id, name, 'TYPE060', '0 3 0 AA==' FROM domains",
        "INSERT INTO records (name, type, content) VALUES ('example.com', 'CDS', '0 0 0 00');"
            + " UPDATE records SET domain_id = (SELECT id FROM domains WHERE name = 'example.com')"
            + " WHERE domain_id IS NULL"
      })
  void whatPowerDnsSignsForTheParentPassesTheRule(String statement) {
    endTheRule();
    create();
    zones.create(
        OTHER,
        List.of(new RecordRow(0, OTHER, "SOA", "ns.x hm.x 1 10800 3600 604800 3600", 60, 0)));
    sql(
        "INSERT INTO cryptokeys (domain_id, flags, active, content) SELECT id, 257, true, '"
            + TestDatabase.KEY
            + "' FROM domains WHERE name = 'example.com'");
    sql(
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, k, 'x' FROM domains,"
            + " unnest(ARRAY['X-OWN', 'PRESIGNED']) k"
            + " WHERE k = 'X-OWN' OR name = 'example.org'");
    requests.needTwoPeople("signer:test", Instant.now());
    assertThatThrownBy(() -> sql(statement)).hasMessageContaining("it takes two people to change");
    endTheRule();
    sql(statement);
  }

  /** The check of a row that comes to a zone, or to none, does not see the zone that it leaves. */
  @ParameterizedTest
  @ValueSource(strings = {"PUBLISH-CDS", "PUBLISH-CDNSKEY", "X-KEYWARD-POLICY"})
  void whatAZoneTellsItsParentIsNotMovedAway(String kind) {
    endTheRule();
    create();
    sql(
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, '%s', '%s' FROM domains"
            .formatted(
                kind,
                Map.of("PUBLISH-CDS", "2", "PUBLISH-CDNSKEY", "1").getOrDefault(kind, "default")));
    requests.needTwoPeople("signer:test", Instant.now());
    assertThatThrownBy(() -> sql("UPDATE domainmetadata SET domain_id = NULL"))
        .hasMessageContaining("zone example.com: its metadata " + kind + " cannot be moved");
  }

  /** Whoever writes them, in whatever form: PowerDNS would sign what cuts the zone off. */
  @ParameterizedTest
  @ValueSource(strings = {"PRESIGNED", "CDS", "TYPE59", "TYPE0060"})
  void whatDoesNotFitAZoneThatKeywardSignsIsRefused(String kind) {
    endTheRule();
    assign();
    work();
    assertThatThrownBy(
            () ->
                sql(
                    kind.equals("PRESIGNED")
                        ? "INSERT INTO domainmetadata (domain_id, kind, content)"
                            + " SELECT id, 'PRESIGNED', '1' FROM domains"
                        : "INSERT INTO records (domain_id, name, type, content)"
                            + " SELECT id, name, '"
                            + kind
                            + "', '0 0 0 00' FROM domains"))
        .hasMessageMatching("(?s).*(would make it bogus|does not fit the key).*");
  }

  /** Rows from before the rule, in a zone that is signed and in one that is signed later. */
  @Test
  void whatAskedTheParentToDeleteTheDsBeforeTheRuleIsNotSigned() {
    endTheRule();
    assign();
    work();
    sql(
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, k, '0' FROM domains,"
            + " unnest(ARRAY['PUBLISH-CDS', 'PUBLISH-CDNSKEY']) k");
    zones.create(
        OTHER,
        List.of(new RecordRow(0, OTHER, "SOA", "ns.x hm.x 1 10800 3600 604800 3600", 60, 0)));
    sql(
        "INSERT INTO domainmetadata (domain_id, kind, content)"
            + " SELECT id, 'PUBLISH-CDS', '0' FROM domains WHERE name = 'example.org'");
    signer.plan();

    requests.needTwoPeople("signer:test", Instant.now());
    long other =
        desk.assign(OTHER, "t", "a", Optional.empty(), Optional.empty(), "", "os:alice@one");
    work();
    requests.approve(other, "os:bob@one", Instant.now());
    work();
    assertThat(desk.answer(other).text()).isEqualTo("example.org is signed");
    assertThat(signedForTheParent()).isEmpty();
    assertThat(details())
        .contains(
            "sql:postgres PUBLISHED_KEYS_CHANGED no CDS; no CDNSKEY; what asks the parent to delete"
                + " the DS waits for two people");
    PostgresFindings store = new PostgresFindings(database);
    new Findings(store, Duration.ofDays(14), Clock.systemUTC()).look();
    assertThat(store.unannounced(99))
        .extracting(told -> told.finding().kind() + " " + told.finding().subject())
        .contains("DELETION_NOT_APPROVED example.com", "DELETION_NOT_APPROVED example.org");

    for (Name zone : List.of(ZONE, OTHER)) {
      long asked = requests.askToPublish(zone, List.of("0"), "", "os:alice@one", Instant.now());
      requests.approve(asked, "os:bob@one", Instant.now());
    }
    work();
    assertThat(signedForTheParent())
        .containsExactly(
            "example.com 59 0", "example.com 60 0", "example.org 59 0", "example.org 60 0");
    new Findings(store, Duration.ofDays(14), Clock.systemUTC()).look();
    assertThat(rows("SELECT kind FROM keyward.findings")).doesNotContain("deletion-not-approved");
  }

  /** What is written before the rule is on, and committed after. */
  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void whatIsCommittedWhileTheRuleIsTurnedOnIsNotSigned(String isolation) {
    endTheRule();
    assign();
    work();
    try (Handle handle = TestDatabase.jdbi(database).open()) {
      handle.begin();
      handle.execute("SET TRANSACTION ISOLATION LEVEL " + isolation);
      handle.execute(
          "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, k, '0' FROM domains,"
              + " unnest(ARRAY['PUBLISH-CDS', 'PUBLISH-CDNSKEY']) k");
      requests.needTwoPeople("signer:test", Instant.now());
      if (isolation.equals("READ COMMITTED")) {
        handle.commit();
      } else {
        assertThatThrownBy(handle::commit).hasStackTraceContaining("could not serialize access");
      }
    }
    work();
    assertThat(signedForTheParent()).isEmpty();
    assertThat(rows("SELECT concat(cds, cdnskey) FROM keyward.assignment")).containsExactly("");
  }

  /** PowerDNS publishes what metadata say, in zones that it signs. */
  @Test
  void whatAskedTheParentToDeleteTheDsBeforeTheRuleIsNotServed() {
    endTheRule();
    create();
    sql(
        "INSERT INTO cryptokeys (domain_id, flags, active, content) SELECT id, 257, true, '"
            + TestDatabase.KEY
            + "' FROM domains");
    sql(
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, k, '0' FROM domains,"
            + " unnest(ARRAY['PUBLISH-CDS', 'PUBLISH-CDNSKEY', 'X-OWN']) k");
    List<String> all = List.of("PUBLISH-CDNSKEY", "PUBLISH-CDS", "X-OWN");
    assertThat(servedMetadata()).containsExactlyElementsOf(all);
    String changes = "SELECT count(*)::text FROM keyward.change WHERE kind = 'zone'";
    List<String> before = rows(changes);

    requests.needTwoPeople("signer:test", Instant.now());
    assertThat(servedMetadata()).containsExactly("X-OWN");
    assertThat(rows(changes)).isNotEqualTo(before);
    PostgresFindings store = new PostgresFindings(database);
    new Findings(store, Duration.ofDays(14), Clock.systemUTC()).look();
    assertThat(rows("SELECT subject FROM keyward.findings WHERE kind = 'deletion-not-approved'"))
        .containsExactly("example.com");

    long asked = requests.askToPublish(ZONE, List.of("0"), "", "os:alice@one", Instant.now());
    requests.approve(asked, "os:bob@one", Instant.now());
    assertThat(servedMetadata()).containsExactlyElementsOf(all);
    new Findings(store, Duration.ofDays(14), Clock.systemUTC()).look();
    assertThat(rows("SELECT kind FROM keyward.findings")).doesNotContain("deletion-not-approved");

    // What was approved under the rule was not approved under the next one.
    endTheRule();
    requests.needTwoPeople("signer:test", Instant.now());
    assertThat(servedMetadata()).containsExactly("X-OWN");
  }

  private List<String> servedMetadata() {
    int id = zones.find(ZONE).orElseThrow();
    return new PostgresZones(database, SigningReader.NONE)
        .load(id).orElseThrow().metadata().keySet().stream().sorted().toList();
  }

  private List<String> signedForTheParent() {
    return rows(
        "SELECT DISTINCT a.zone || ' ' || s.type || ' ' || s.content FROM keyward.signed_child s"
            + " JOIN keyward.assignment a ON a.id = s.assignment_id ORDER BY 1");
  }

  private List<String> rows(String query) {
    return TestDatabase.jdbi(database)
        .withHandle(h -> h.createQuery(query).mapTo(String.class).list());
  }

  /** A signer whose configuration does not have the rule is held to it all the same. */
  @Test
  void theRuleIsTheDatabasesAndEndsWithASecondPersonsApproval() {
    long off = requests.askForOnePerson("alone today", "os:alice@one", Instant.now());
    assertThatThrownBy(() -> requests.approve(off, "sql:alice", Instant.now()))
        .hasMessageContaining("somebody else must approve it");
    assertThat(requests.needsTwoPeople()).isTrue();
    requests.approve(off, "os:bob@one", Instant.now());
    assertThat(requests.needsTwoPeople()).isFalse();
    assertThat(details())
        .contains(
            "os:alice@one REQUEST_MADE request 1 waits for a second person: end the rule that two"
                + " people are needed; alone today",
            "os:alice@one RULE_CHANGED two people are no longer needed");
  }

  /** Without the rule it is done at once, and the log has who it was and what. */
  @Test
  void whoAsksTheParentToDeleteTheDsIsInTheLog() {
    endTheRule();
    assign();
    work();
    new PostgresZoneWriter(database, new ServedChanges())
        .setMetadata(ZONE, "PUBLISH-CDS", List.of("0"));
    sql("UPDATE domainmetadata SET content = '2' WHERE kind = 'PUBLISH-CDS'");
    assertThat(details())
        .contains(
            "powerdns PUBLISHED_KEYS_CHANGED delete CDS: the parent is asked to delete the DS; no"
                + " CDNSKEY",
            "sql:postgres PUBLISHED_KEYS_CHANGED CDS with digest types 2; no CDNSKEY");
  }

  private void sql(String statement) {
    database.useTransaction(h -> h.execute(statement));
  }

  private List<String> details() {
    return TestDatabase.jdbi(database)
        .withHandle(
            h ->
                h.createQuery(
                        "SELECT actor || ' ' || action || ' ' || detail FROM keyward.audit ORDER BY id")
                    .mapTo(String.class)
                    .list());
  }

  @Test
  void aRejectedRequestNeverTakesEffectAndIsDecidedOnce() {
    long request = assign();
    work();
    requests.reject(request, "wrong key", "api:bob", Instant.now());
    work();
    assertThat(desk.answer(request).text()).isEqualTo("rejected by api:bob: wrong key");
    assertThat(tokens.signed()).isZero();
    assertThatThrownBy(() -> requests.approve(request, "api:carol", Instant.now()))
        .hasMessageContaining("does not wait for anybody: it is failed");
    assertThatThrownBy(() -> requests.approve(99, "api:carol", Instant.now()))
        .hasMessageContaining("there is no request 99");
  }

  @Test
  void aZoneIsDeletedWhenASecondPersonApproves() {
    create();
    long request = requests.askToDelete(ZONE, "moved away", true, "os:alice@one", Instant.now());
    work();
    assertThat(zones.find(ZONE)).isPresent();
    requests.approve(request, "os:bob@one", Instant.now());
    assertThat(zones.find(ZONE)).isEmpty();
    assertThat(requests.find(request)).containsEntry("state", "done");
    assertThat(requests.list(true, 10)).isEmpty();
  }

  @Test
  void theAuditLogNamesWhoDeletedASignedZone() {
    endTheRule();
    assign();
    work();
    zones.delete(ZONE, Optional.of("moved"), "api:carol");
    assertThat(events()).endsWith("api:carol ZONE_UNSIGNED DONE");
  }

  @Test
  void whoMayNotWriteTheAuditLogCannotPassForAnother() {
    endTheRule();
    assign();
    work();
    database.useTransaction(
        h -> {
          h.execute("CREATE ROLE plain_dba");
          h.execute("GRANT keyward_dba TO plain_dba");
          h.execute("SET SESSION AUTHORIZATION plain_dba");
          h.execute("SET keyward.actor = 'api:mallory'");
          h.execute("SET LOCAL keyward.insist = 'test'");
          h.execute("DELETE FROM public.domains");
          h.execute("RESET SESSION AUTHORIZATION");
          h.execute("RESET keyward.actor");
        });
    assertThat(events()).endsWith("sql:plain_dba ZONE_UNSIGNED DONE");
    database.useTransaction(
        h -> {
          h.execute("DROP OWNED BY plain_dba");
          h.execute("DROP ROLE plain_dba");
        });
  }

  @Test
  void anUnassignmentWaitsToo() {
    long request = assign();
    work();
    requests.approve(request, "api:bob", Instant.now());
    work();
    long back = desk.unassign(ZONE, Duration.ZERO, "", "api:bob");
    work();
    assertThat(desk.answer(back).state()).isEqualTo("waiting");
    requests.approve(back, "os:alice@one", Instant.now());
    work();
    assertThat(desk.answer(back).state()).isEqualTo("done");
  }

  private List<String> events() {
    return database
        .jdbi()
        .withHandle(
            h ->
                h.createQuery(
                        "SELECT actor || ' ' || action || ' ' || result FROM keyward.audit"
                            + " WHERE action NOT IN ('KSK_SIGNATURE', 'ZSK_GENERATED',"
                            + " 'ZONE_SIGNED') ORDER BY id")
                    .mapTo(String.class)
                    .list());
  }
}
