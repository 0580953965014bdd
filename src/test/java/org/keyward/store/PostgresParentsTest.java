package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.ParentDesk;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.signing.Findings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.ParentSweep;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** The parent is asked when somebody wants to know, and soon after keys have changed. */
@Tag("once")
class PostgresParentsTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Name OTHER = Name.fromConstantString("other.example.");

  private final Database database = TestDatabase.create();
  private final PostgresFindings store = new PostgresFindings(database);
  private final SoftwareTokens tokens = new SoftwareTokens(1000, "used");
  private final Findings findings = new Findings(store, Duration.ofDays(14), Clock.systemUTC());
  private final Signer signer =
      new Signer(
          new PostgresSigning(database, new Seal(Secret.of(new byte[32])), "signer:test"),
          tokens,
          ParentDs.NOT_ASKED,
          SigningSettings.DEFAULT,
          new DatabaseClock());
  private final List<Name> asked = new ArrayList<>();
  private final Set<Name> unanswered = new HashSet<>();
  private boolean orphaned;
  private final ParentSweep sweep =
      new ParentSweep(store, this::ds, ParentSweep.ServedKeys.NOT_ASKED, Clock.systemUTC());

  @BeforeEach
  void sign() {
    sign(ZONE);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void sign(Name zone) {
    new ZoneEditor(database)
        .create(
            zone,
            List.of(new RecordRow(0, zone, "SOA", "ns.x hm.x 1 10800 3600 604800 3600", 60, 0)));
    new SigningDesk(database)
        .assign(zone, "t", "used", Optional.empty(), Optional.empty(), "", "os:alice@one");
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
  }

  private void sql(String statement) {
    database.useTransaction(handle -> handle.execute(statement));
  }

  /** What the parent has: the right DS, or that of another key. */
  private List<DSRecord> ds(Name zone) {
    asked.add(zone);
    if (unanswered.contains(zone)) {
      throw new ParentDs.UnansweredException("SERVFAIL for " + zone, null);
    }
    DNSKEYRecord key = new SigningDesk(database).keySigningKeys(zone).get(0);
    DSRecord right = new DSRecord(zone, DClass.IN, 60, DNSSEC.Digest.SHA256, key);
    return List.of(
        orphaned
            ? new DSRecord(
                zone,
                DClass.IN,
                60,
                (right.getFootprint() + 1) % 65536,
                right.getAlgorithm(),
                right.getDigestID(),
                right.getDigest())
            : right);
  }

  private List<String> kinds() {
    findings.look();
    return new PostgresOverview(database)
        .findingsOf(ZONE).stream().map(row -> (String) row.get("kind")).toList();
  }

  @Test
  void theParentIsAskedAgainAsSoonAsKeysHaveChanged() {
    assertThat(sweep.step()).isEqualTo(1);
    assertThat(sweep.step()).isZero();
    assertThat(kinds()).doesNotContain("ds-orphaned");
    orphaned = true;
    assertThat(sweep.step()).isZero();
    sql("UPDATE keyward.assignment SET mode = 'split'");
    assertThat(sweep.step()).isEqualTo(1);
    assertThat(kinds()).contains("ds-orphaned");
    assertThat(new SigningDesk(database).zones().get(0))
        .containsEntry("parent", "bogus")
        .containsEntry("findings", List.of("ds-orphaned"));
    assertThat(sweep.step()).isZero();
  }

  @Test
  void whoWantsToKnowGetsTheParentsAnswerOfNow() throws Exception {
    sweep.step();
    orphaned = true;
    ExecutorService people = Executors.newSingleThreadExecutor();
    try {
      Future<ParentDesk.View> answer = people.submit(() -> new PostgresParents(database).ask(ZONE));
      while (!answer.isDone()) {
        sweep.step();
      }
      assertThat(answer.get().verdict()).isEqualTo("bogus");
      assertThat(answer.get().detail()).startsWith("DS with tag ");
      unanswered.add(ZONE);
      Future<ParentDesk.View> none = people.submit(() -> new PostgresParents(database).ask(ZONE));
      while (!none.isDone()) {
        sweep.step();
      }
      assertThatThrownBy(none::get).hasMessageContaining("SERVFAIL for example.com");
    } finally {
      people.shutdownNow();
    }
  }

  @Test
  void withoutASignerThatIsSaid() {
    assertThatThrownBy(() -> new PostgresParents(database, Duration.ofMillis(300)).ask(ZONE))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("no signer has asked the parent");
    assertThatThrownBy(() -> new PostgresParents(database).ask(OTHER))
        .isInstanceOf(NoSuchThingException.class);
  }

  @Test
  void aZoneThatNobodyAnswersForKeepsNoOtherWaiting() {
    unanswered.add(ZONE);
    sign(OTHER);
    sweep.step();
    assertThat(asked).contains(ZONE, OTHER);
    asked.clear();
    sweep.step();
    assertThat(asked).isEmpty(); // again in five minutes
  }

  @Test
  void aZoneThatHasGoneOverToPowerDnsKeepsItsKey() {
    sql("UPDATE keyward.assignment SET mode = 'powerdns', state = 'ended', ended_at = now()");
    sql(
        "INSERT INTO keyward.sealed_key (domain_id, flags, active, published, takes_pin, sealed)"
            + " SELECT id, 257, true, true, true, '\\x00' FROM public.domains");
    assertThat(store.toAsk(Clock.systemUTC().instant(), Duration.ZERO, Duration.ZERO, 9))
        .singleElement()
        .satisfies(zone -> assertThat(zone.keys()).hasSize(1));
  }
}
