package org.keyward.parent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.RecursiveResolver;
import org.keyward.admin.ParentDesk;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.ListenAddress;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.signing.ParentAnswer;
import org.keyward.signing.ParentAnswers;
import org.keyward.signing.ParentDs;
import org.keyward.signing.ParentSweep;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.store.Database;
import org.keyward.store.PostgresFindings;
import org.keyward.store.PostgresParents;
import org.keyward.store.PostgresSigning;
import org.keyward.store.SigningDesk;
import org.keyward.store.TestDatabase;
import org.keyward.store.ZoneEditor;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Real name servers of a parent, of which some are not as they should be. */
@Tag("once")
class ParentServersTest {
  private static final Name ZONE = Name.fromConstantString("a.b.parent.example.");
  private static final Name PLAIN = Name.fromConstantString("plain.parent.example.");
  private static final Name MANY = Name.fromConstantString("many.parent.example.");

  @TempDir private Path dir;
  private final Database database = TestDatabase.create();
  private String right;
  private ParentNameServers servers;
  private RecursiveResolver resolver;
  private ParentServers asking;
  private ParentSweep sweep;

  @BeforeEach
  void start() throws Exception {
    sign();
    DSRecord ds =
        new DSRecord(
            ZONE,
            DClass.IN,
            7200,
            DNSSEC.Digest.SHA256,
            new SigningDesk(database).keySigningKeys(ZONE).get(0));
    right = "7200 DS " + ds.rdataToString();
    servers =
        ParentNameServers.start(
            dir, right, "7200 DS " + ds.getFootprint() + " 13 2 " + "5a".repeat(32));
    resolver = RecursiveResolver.start(dir, "parent.example.", servers.port());
    ListenAddress address = new ListenAddress("127.0.0.1", resolver.port());
    asking = new ParentServers(address, servers.port());
    sweep =
        new ParentSweep(
            new PostgresFindings(database),
            asking,
            ParentSweep.ServedKeys.NOT_ASKED,
            Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    resolver.close();
    servers.close();
    database.close();
  }

  private void sign() {
    Signer signer =
        new Signer(
            new PostgresSigning(database, new Seal(Secret.of(new byte[32])), "signer:test"),
            new SoftwareTokens(1000, "used"),
            ParentDs.NOT_ASKED,
            SigningSettings.DEFAULT,
            new DatabaseClock());
    new ZoneEditor(database)
        .create(
            ZONE,
            List.of(new RecordRow(0, ZONE, "SOA", "ns.x hm.x 1 10800 3600 604800 3600", 60, 0)));
    new SigningDesk(database)
        .assign(ZONE, "t", "used", Optional.empty(), Optional.empty(), "", "os:alice@one");
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
  }

  private ParentDesk.View check() throws Exception {
    ExecutorService person = Executors.newSingleThreadExecutor();
    try {
      Future<ParentDesk.View> answer = person.submit(() -> new PostgresParents(database).ask(ZONE));
      while (!answer.isDone()) {
        sweep.step();
      }
      return answer.get();
    } finally {
      person.shutdownNow();
    }
  }

  private static List<String> words(ParentDesk.View view) {
    return view.servers().stream()
        .map(one -> one.server() + " " + one.address() + " " + one.shows() + " " + one.detail())
        .map(String::strip)
        .toList();
  }

  @Test
  void eachAddressOfEachNameServerIsAsked() throws Exception {
    ParentDesk.View view = check();
    assertThat(words(view))
        .containsExactly(
            "child.parent.example 127.0.0.16 lame it answers for the zone itself, not for its parent",
            "dead.parent.example 127.0.0.17 unreachable Connection refused",
            "good.parent.example 127.0.0.11 MATCH",
            "lame.parent.example 127.0.0.13 lame REFUSED",
            "nowhere.elsewhere.example  unreachable it has no address",
            "six.parent.example 0:0:0:0:0:0:0:1 MATCH",
            "small.parent.example 127.0.0.15 MATCH",
            "stale.parent.example 127.0.0.12 differs",
            "tcp.parent.example 127.0.0.14 MATCH");
    assertThat(view.verdict()).isEqualTo("wrong_digest");
    assertThat(view.detail()).endsWith(" at stale.parent.example (127.0.0.12)");
    ParentDesk.Server good = view.servers().get(2);
    assertThat(good.parent()).isEqualTo("parent.example");
    assertThat(good.ttl()).hasValue(7200);
    assertThat("7200 DS " + good.ds().get(0)).isEqualTo(right);

    servers.refresh(right);
    ParentDesk.View later = check();
    assertThat(later.verdict() + later.detail()).isEqualTo("fits");
    assertThat(later.servers().get(7).shows()).isEqualTo("MATCH");
    assertThat(later.servers().get(7).since()).isAfter(good.since());
    assertThat(later.servers().get(2).since()).isEqualTo(good.since());
    assertThat(later.servers().get(2).at()).isAfter(good.at());
  }

  @Test
  void aDsIsGoneWhenEachNameServerSaysSo() {
    ParentAnswers answers = asking.ask(PLAIN);
    assertThat(answers.all()).hasSize(9);
    assertThat(answers.all()).allSatisfy(one -> assertThat(one.ds()).isEmpty());
    assertThatThrownBy(() -> asking.of(PLAIN))
        .isInstanceOf(ParentDs.UnansweredException.class)
        .hasMessageContaining(
            "name server of parent.example says whether plain.parent.example has a DS")
        .hasMessageContaining("; lame.parent.example (127.0.0.13): REFUSED; ")
        .hasMessageContaining("nowhere.elsewhere.example: it has no address; ")
        .hasMessageContaining("signing.parent-check");
    assertThat(asking.of(ZONE)).hasSize(2); // there is one, whatever the others say
    ListenAddress address = new ListenAddress("127.0.0.1", resolver.port());
    assertThat(new ResolverParentDs(address).of(PLAIN)).isEmpty();
    assertThat(new ResolverParentDs(address).ask(ZONE).all().get(0).ttl()).isPresent();
  }

  @Test
  void aTruncatedAnswerIsAskedForOverTcp() {
    ParentAnswers answers = asking.ask(MANY);
    assertThat(answers.all())
        .filteredOn(one -> one.kind() == ParentAnswer.Kind.ANSWERED)
        .extracting(one -> one.server() + " " + one.ds().size())
        .contains("small.parent.example 12", "good.parent.example 12", "tcp.parent.example 12");
  }

  @Test
  void theRootHasNoParentAndAResolverThatIsNotThereIsNamed() {
    assertThat(asking.of(Name.root)).isEmpty();
    ParentServers lost = new ParentServers(new ListenAddress("127.0.0.17", servers.port()));
    assertThatThrownBy(() -> lost.of(ZONE))
        .isInstanceOf(ParentDs.UnansweredException.class)
        .hasMessageContaining("signing.parent-resolver");
  }
}
