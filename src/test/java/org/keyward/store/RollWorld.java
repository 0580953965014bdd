package org.keyward.store;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.keyward.clock.DatabaseClock;
import org.keyward.clock.MovedClock;
import org.keyward.config.RollSettings;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.keyset.CachedViews;
import org.keyward.keyset.CachedViews.PublishedKeys;
import org.keyward.keyset.CachedViews.SigningKey;
import org.keyward.keyset.CachedViews.Version;
import org.keyward.signing.ParentDs;
import org.keyward.signing.RollLoop;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.signing.ZoneServers;
import org.keyward.zone.MasterFile;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.ZoneSigning;
import org.keyward.zone.ZoneSigningKey;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;

/**
 * A zone on a simulated clock: PostgreSQL, the signer, the roll loop and the reader are the real
 * ones; servers give what they read when they last followed. All that could be fetched is written
 * down.
 */
final class RollWorld implements AutoCloseable {
  static final Name ZONE = Name.fromConstantString("example.com.");
  static final Duration KEY_TTL = Duration.ofHours(1);
  private static final Set<SigningKey> DS = Set.of(new SigningKey(0, 13));

  final Database database = TestDatabase.create();
  final Seal seal = new Seal(Secret.of(new byte[32]));
  final MovedClock time = new MovedClock(Instant.parse("2026-03-01T10:00:00Z"));
  final DatabaseClock clock = new DatabaseClock(time, System::nanoTime);
  final SoftwareTokens tokens = new SoftwareTokens(100_000, "ksk");
  final SigningSettings settings;
  final List<Server> servers = new ArrayList<>();
  private final List<Version<PublishedKeys>> keys = new ArrayList<>();
  private final List<Version<Set<SigningKey>>> data = new ArrayList<>();
  private Signer signer;
  private RollLoop loop;

  RollWorld() throws Exception {
    this(RollSettings.DEFAULT);
  }

  RollWorld(RollSettings rolls) throws Exception {
    SigningSettings usual = SigningSettings.DEFAULT;
    settings =
        new SigningSettings(
            usual.mode(),
            usual.validity(),
            usual.step(),
            usual.runway(),
            usual.dnskeyTtl(),
            usual.unassignHold(),
            Optional.empty(),
            usual.parentCheck(),
            rolls);
    String text =
        "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\nwww 86400 IN A 192.0.2.1\n";
    new ZoneEditor(database)
        .replace(
            ZONE,
            MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ZONE),
            stored -> {});
    restart();
    new SigningDesk(database)
        .assign(ZONE, "t", "ksk", Optional.empty(), Optional.empty(), "test", "os:alice");
    settle();
    servers.add(new Server("one"));
    servers.add(new Server("two"));
  }

  /** Another signer goes on, from what the database has. */
  void restart() {
    if (loop != null) {
      loop.close();
    }
    signer =
        new Signer(
            new PostgresSigning(database, seal, "signer:test"),
            tokens,
            ParentDs.NOT_ASKED,
            settings,
            clock);
    loop = newLoop();
  }

  RollLoop newLoop() {
    return new RollLoop(
        new PostgresSigning(database, seal, "signer:test").rolls(),
        asked -> servers.stream().map(Server::shown).toList(),
        settings,
        clock,
        () -> time.now.toEpochMilli() * 1_000_000);
  }

  /** Requests are answered and sets are planned; the token signs nothing. */
  void queue() {
    signer.plan();
  }

  void settle() {
    while (signer.plan() + Math.max(0, signer.sign("t")) > 0) {
      // there is more
    }
  }

  /** Time goes on, and everybody does what is due. */
  void pass(Duration step) {
    time.pass(step);
    tick();
  }

  /** Time goes on, and a signer that ends now has noted so: nothing jumped. */
  void goOn(Duration step) {
    time.now = time.now.plus(step);
    new PostgresSigning(database, seal, "signer:test").rolls().tick(time.now, Optional.of(step));
  }

  void tick() {
    settle();
    servers.forEach(Server::follow);
    if (loop.tick() > 0) {
      settle();
      servers.forEach(Server::follow);
    }
  }

  String command(String command) {
    long id = request(command);
    settle();
    SigningDesk.Answer answer = new SigningDesk(database).answer(id);
    return answer.state() + ": " + answer.text();
  }

  /** What a person has asked for, and no signer has seen yet. */
  long request(String command) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    "INSERT INTO keyward.request (kind, zone, label, mode, reason, actor)"
                        + " VALUES ('roll', 'example.com', 'zsk', ?, 'a test', 'os:alice')"
                        + " RETURNING id")
                .bind(0, command)
                .mapTo(Long.class)
                .one());
  }

  List<String> texts(String sql) {
    return database.inSnapshot(handle -> handle.createQuery(sql).mapTo(String.class).list());
  }

  String text(String sql) {
    return texts(sql).stream().findFirst().orElse("");
  }

  String phase() {
    return text("SELECT phase FROM keyward.roll");
  }

  List<String> steps() {
    return texts(
        "SELECT coalesce(phase, '-') || ' ' || coalesce(next_phase, '-') FROM keyward.roll_history ORDER BY id");
  }

  int serial() {
    return Integer.parseInt(text("SELECT keyward.serial_of(domain_id) FROM keyward.assignment"));
  }

  ZoneSigning read() {
    int id = new ZoneEditor(database).find(ZONE).orElseThrow();
    return database
        .inSnapshot(
            handle -> new SignedZoneReader(seal, time).read(handle, Map.of(id, ZONE)).get(id))
        .get();
  }

  /** What does not validate of all mixes that a cache may hold. */
  List<CachedViews.Bogus> bogus() {
    servers.forEach(Server::end);
    return new CachedViews(
            List.of(new Version<>(Instant.EPOCH, time.now, Duration.ofDays(1), DS)), keys, data)
        .bogus(CachedViews.Strictness.EVERY_ALGORITHM);
  }

  @Override
  public void close() {
    loop.close();
    database.close();
  }

  private static SigningKey known(DNSKEYRecord key) {
    return key.getFlags() == 257
        ? new SigningKey(0, 13)
        : new SigningKey(key.getFootprint() + 1, key.getAlgorithm());
  }

  /** Serves what it read last, by its clock. */
  final class Server {
    private final String address;
    boolean reachesDatabase = true;
    boolean answers = true;
    private ZoneSigning has;
    private long serial;
    private SignedKeySet set;
    private List<ZoneSigningKey> signers;
    private Instant since;
    private Duration ttl = Duration.ofDays(1);

    Server(String address) {
      this.address = address;
      follow();
    }

    void follow() {
      if (reachesDatabase) {
        has = read();
        serial = serial();
      }
      SignedKeySet now =
          has.keySets().stream()
              .filter(one -> !one.window().activeFrom().isAfter(time.now))
              .reduce((one, later) -> later)
              .orElseThrow();
      List<ZoneSigningKey> signing =
          has.zoneSigningKeys().stream().filter(key -> key.signs().covers(time.now)).toList();
      if (set == null || !now.keys().equals(set.keys()) || !tags(signing).equals(tags(signers))) {
        end();
        set = now;
        signers = signing;
        since = time.now;
      }
    }

    private Set<Integer> tags(List<ZoneSigningKey> of) {
      return of.stream().map(key -> key.key().dnskey().getFootprint()).collect(Collectors.toSet());
    }

    void end() {
      if (set == null) {
        return;
      }
      Set<SigningKey> published = new HashSet<>();
      set.keys().forEach(key -> published.add(known(key)));
      keys.add(new Version<>(since, time.now, KEY_TTL, new PublishedKeys(published, DS)));
      data.add(
          new Version<>(
              since,
              time.now,
              ttl,
              signers.stream().map(key -> known(key.key().dnskey())).collect(Collectors.toSet())));
    }

    ZoneServers.Shown shown() {
      if (!answers) {
        return new ZoneServers.Shown(address, Optional.empty(), "it does not answer");
      }
      ValidityWindow window = settings().windowAt(ZONE, time.now);
      List<RRSIGRecord> signatures =
          signers.stream().map(key -> RrsetSigner.sign(set.keys(), key.key(), window)).toList();
      return new ZoneServers.Shown(
          address, Optional.of(new ZoneServers.Answer(serial, set.keys(), signatures)), "");
    }

    private org.keyward.dnssec.SigningSchedule settings() {
      return has.schedule();
    }
  }
}
