package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.keyward.clock.DatabaseClock;
import org.keyward.clock.MovedClock;
import org.keyward.config.RollSettings;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.keyset.CachedViews;
import org.keyward.keyset.CachedViews.PublishedKeys;
import org.keyward.keyset.CachedViews.SigningKey;
import org.keyward.keyset.CachedViews.Version;
import org.keyward.signing.ParentAnswer;
import org.keyward.signing.ParentAnswers;
import org.keyward.signing.ParentDs;
import org.keyward.signing.ParentSweep;
import org.keyward.signing.RollLoop;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SigningRequest;
import org.keyward.signing.SoftwareTokens;
import org.keyward.signing.TokenKey;
import org.keyward.signing.ZoneServers;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.MasterFile;
import org.keyward.zone.ServedListener;
import org.keyward.zone.Zone;
import org.keyward.zone.ZoneMemory;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.CDNSKEYRecord;
import org.xbill.DNS.CDSRecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Type;

/**
 * A zone on a simulated clock: PostgreSQL, the signer, the roll loop and the reader are the real
 * ones; servers give what they read when they last followed. All that could be fetched is written
 * down.
 */
final class RollWorld implements AutoCloseable {
  static final Name ZONE = Name.fromConstantString("example.com.");
  static final Duration KEY_TTL = Duration.ofHours(1);
  private static final Duration STEP = Duration.ofHours(44);

  /** Of the KSKs on the token. */
  static final String[] LABELS = {
    "ksk", "second", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k13",
    "k14", "k15", "k16", "k17", "k18", "k19"
  };

  final Database database = TestDatabase.create();
  final Seal seal = new Seal(Secret.of(new byte[32]));
  final MovedClock time = new MovedClock(Instant.parse("2026-03-01T10:00:00Z"));
  final DatabaseClock clock = new DatabaseClock(time, System::nanoTime);
  final SoftwareTokens tokens;
  SigningSettings settings;
  final List<Server> servers = new ArrayList<>();
  final List<ParentServer> parents = new ArrayList<>();
  final RollValidatorsTest.Log log = new RollValidatorsTest.Log();
  private final List<Version<Set<SigningKey>>> ds = new ArrayList<>();
  private final List<Version<PublishedKeys>> keys = new ArrayList<>();
  private final List<Version<Set<SigningKey>>> data = new ArrayList<>();
  private int unservable;
  private Signer signer;
  private RollLoop loop;
  private boolean parentHere;

  RollWorld() throws Exception {
    this(RollSettings.DEFAULT);
  }

  RollWorld(RollSettings rolls) throws Exception {
    this(rolls, Algorithm.ECDSAP256SHA256, LABELS);
  }

  /**
   * @param labels of the KSKs on the token; {@code ksk} is in use
   */
  RollWorld(RollSettings rolls, Algorithm algorithm, String... labels) throws Exception {
    tokens = new SoftwareTokens(algorithm, 100_000, labels);
    settings = settings(rolls, SigningSettings.DEFAULT.dnskeyTtl());
    String text =
        "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\nwww 86400 IN A 192.0.2.1\n";
    new ZoneEditor(database)
        .replace(
            ZONE,
            MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ZONE),
            stored -> {});
    restart();
    if (rolls.zskLifetime().isEmpty()) {
      database.useTransaction(
          handle ->
              handle.execute(
                  "INSERT INTO domainmetadata (domain_id, kind, content)"
                      + " SELECT id, 'X-KEYWARD-POLICY', 'as-before' FROM domains"));
    }
    new SigningDesk(database)
        .assign(ZONE, "t", "ksk", Optional.empty(), Optional.empty(), "test", "os:alice");
    settle();
    servers.add(new Server("one"));
    servers.add(new Server("two"));
    parents.add(new ParentServer("ns1.parent"));
    parents.add(new ParentServer("ns2.parent"));
  }

  private static SigningSettings settings(RollSettings rolls, Duration keyTtl) {
    SigningSettings usual = SigningSettings.DEFAULT;
    return new SigningSettings(
        usual.mode(),
        usual.validity(),
        usual.step(),
        usual.runway(),
        keyTtl,
        usual.unassignHold(),
        Optional.empty(),
        usual.parentCheck(),
        rolls);
  }

  /** Another signer goes on, whose configuration has another TTL of the DNSKEY set. */
  void keyTtl(Duration ttl) {
    settings = settings(settings.rolls(), ttl);
    restart();
    tick();
    // A signer that was just started does not know that the clock did not jump.
    pass(Duration.ofMinutes(90));
  }

  /** It is that time, and all have done their work meanwhile. */
  void leap(Instant to) {
    goOn(Duration.between(time.now, to));
    settle();
    servers.forEach(Server::begin);
    parents.forEach(ParentServer::begin);
    ds.clear();
    keys.clear();
    data.clear();
    unservable = 0;
  }

  /** All servers of the parent have the DS of these keys from now on. */
  void parentShows(int ttl, String... labels) {
    parents.forEach(server -> server.show(ttl, labels));
  }

  private DSRecord ds(int ttl, String label) {
    TokenKey key =
        tokens.keys("t").stream()
            .filter(one -> one.label().equals(label))
            .findFirst()
            .orElseThrow();
    DNSKEYRecord ksk = KeyRows.ksk(ZONE, key);
    return new DSRecord(ZONE, DClass.IN, ttl, DNSSEC.Digest.SHA256, ksk);
  }

  private ParentAnswers ask() {
    return new ParentAnswers(
        Optional.of(Name.fromConstantString("com.")),
        parents.stream().map(ParentServer::answer).toList());
  }

  private ParentSweep sweep() {
    ParentDs asked =
        new ParentDs() {
          @Override
          public List<DSRecord> of(Name zone) {
            return RollWorld.this.ask().certain(zone);
          }

          @Override
          public ParentAnswers ask(Name zone) {
            return RollWorld.this.ask();
          }
        };
    return new ParentSweep(
        new PostgresFindings(database), asked, ParentSweep.ServedKeys.NOT_ASKED, time);
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
    return newLoop(asked -> servers.stream().map(Server::shown).toList());
  }

  /** What the zone's name servers show comes from there. */
  RollLoop newLoop(ZoneServers asked) {
    return new RollLoop(
        new PostgresSigning(database, seal, "signer:test").rolls(),
        asked,
        tokens,
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

  /** In steps of less than two days. */
  void pass(int days) {
    for (int i = 0; i < days * 24 / 44; i++) {
      pass(STEP);
    }
  }

  /** Servers go on alone; then another signer begins. */
  void withoutSigner(Duration away) {
    for (int i = 0; i < away.dividedBy(STEP); i++) {
      time.pass(STEP);
      servers.forEach(Server::follow);
    }
    restart();
    tick();
  }

  /** Until the roll of this key has come to a phase; "" when it has ended. */
  void until(String role, String phase) {
    for (int i = 0; i < 300 && !phase(role).equals(phase); i++) {
      pass(STEP);
    }
    assertThat(phase(role)).isEqualTo(phase);
  }

  void tick() {
    if (step() > 0) {
      askParents();
      step();
    }
    askParents();
  }

  void askParents() {
    parents.forEach(ParentServer::follow);
    sweep().step();
  }

  /** The parent is a zone of the same database from now on, and its servers have what that has. */
  void parentHere(String records) throws Exception {
    Name com = Name.fromConstantString("com.");
    new ZoneEditor(database)
        .replace(
            com,
            MasterFile.read(
                new ByteArrayInputStream(records.getBytes(StandardCharsets.UTF_8)), com),
            stored -> {});
    parentHere = true;
    parents.forEach(ParentServer::follow);
  }

  private List<DSRecord> dsHere() {
    return texts(
            "SELECT coalesce(r.ttl, 3600) || ' ' || r.content FROM records r WHERE r.type = 'DS'"
                + " AND r.name = 'example.com' AND NOT coalesce(r.disabled, false) ORDER BY r.id")
        .stream()
        .map(
            row -> {
              String[] fields = row.split(" ", 2);
              try {
                return (DSRecord)
                    org.xbill.DNS.Record.fromString(
                        ZONE,
                        org.xbill.DNS.Type.DS,
                        DClass.IN,
                        Long.parseLong(fields[0]),
                        fields[1],
                        ZONE);
              } catch (java.io.IOException e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }

  /** At most one step of a roll; gives how many were looked at. */
  int step() {
    settle();
    servers.forEach(Server::follow);
    int looked = loop.tick();
    if (looked > 0) {
      settle();
      servers.forEach(Server::follow);
    }
    return looked;
  }

  /** With the key of this label. */
  String startKsk(String command, String label) {
    return asked(
        new SigningRequest.Roll(
            ZONE, command, "ksk", Optional.of("t"), Optional.of(label), "a test", "os:alice"));
  }

  /** A word on the roll of the KSK. */
  String commandKsk(String command) {
    return asked(
        new SigningRequest.Roll(
            ZONE, command, "ksk", Optional.empty(), Optional.empty(), "a test", "os:alice"));
  }

  private String asked(SigningRequest.Roll request) {
    long id = new SigningDesk(database).roll(request);
    settle();
    SigningDesk.Answer answer = new SigningDesk(database).answer(id);
    return answer.state() + ": " + answer.text();
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

  String phase(String role) {
    return text("SELECT phase FROM keyward.roll WHERE role = '" + role + "'");
  }

  /** What is to be said of rolls now. */
  List<String> findings() {
    return new PostgresFindings(database)
        .facts(time.now, Duration.ofDays(1), 10).rolls().stream()
            .map(fact -> fact.kind() + " " + fact.zone() + " " + fact.detail())
            .toList();
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

  private LoadedZones loaded() {
    PostgresZones zones =
        new PostgresZones(
            database, new SignedZoneReader(seal, time), Optional.of(seal), TokenPins.NONE);
    return new LoadedZones(zones, zones, time, ZoneMemory.ofHeap(), ServedListener.NONE);
  }

  /** The signatures over the DNSKEY set that a server gives. */
  List<String> servedSignatures() {
    LoadedZones loaded = loaded();
    loaded.loadAll();
    return loaded
        .byOrigin(ZONE)
        .orElseThrow()
        .list()
        .map(row -> row.type() + " " + row.content())
        .filter(row -> row.startsWith("RRSIG DNSKEY "))
        .toList();
  }

  /** How often a server had something without a valid signature. */
  int unservable() {
    return unservable;
  }

  /** Type and key tag of the CDS and CDNSKEY records. */
  List<String> servedChildren() {
    return read().childSets().stream()
        .flatMap(set -> set.records().stream())
        .map(
            record ->
                record instanceof CDSRecord cds
                    ? "CDS " + cds.getFootprint()
                    : "CDNSKEY " + ((CDNSKEYRecord) record).getFootprint())
        .distinct()
        .sorted()
        .toList();
  }

  /** Key tags of those who signed them. */
  List<String> childSigners() {
    return read().childSets().stream()
        .flatMap(set -> set.signatures().stream())
        .map(signature -> String.valueOf(signature.getFootprint()))
        .distinct()
        .sorted()
        .toList();
  }

  /** What does not validate of all mixes that a cache may hold. */
  List<CachedViews.Bogus> bogus() {
    servers.forEach(Server::end);
    parents.forEach(ParentServer::end);
    return new CachedViews(ds, keys, data).bogus(CachedViews.Strictness.EVERY_ALGORITHM);
  }

  @Override
  public void close() {
    loop.close();
    database.close();
  }

  private static SigningKey known(DNSKEYRecord key) {
    return new SigningKey(key.getFootprint(), key.getAlgorithm());
  }

  /** One of the parent's. */
  final class ParentServer {
    private final String name;
    boolean answers = true;
    boolean reachesDatabase = true;
    private String label = "ksk";
    private List<DSRecord> has;
    private int ttl = 86_400;
    private Instant since = Instant.EPOCH;

    ParentServer(String name) {
      this.name = name;
      this.has = List.of(ds(ttl, "ksk"));
      log.parent(has, time.now);
    }

    void show(int withTtl, String... labels) {
      end();
      ttl = withTtl;
      since = time.now;
      has = Arrays.stream(labels).map(label -> ds(withTtl, label)).toList();
      label = labels[0];
      log.parent(has, time.now);
    }

    void begin() {
      since = time.now;
    }

    /** Of the first key whose DS it has. */
    String label() {
      return label;
    }

    /** As a secondary of the zone in the database. */
    void follow() {
      if (!parentHere || !reachesDatabase || has.equals(dsHere())) {
        return;
      }
      end();
      has = dsHere();
      ttl = has.isEmpty() ? ttl : (int) has.get(0).getTTL();
      since = time.now;
      log.parent(has, time.now);
    }

    void end() {
      ds.add(
          new Version<>(
              since,
              time.now,
              Duration.ofSeconds(ttl),
              has.stream()
                  .map(one -> new SigningKey(one.getFootprint(), one.getAlgorithm()))
                  .collect(Collectors.toSet())));
    }

    ParentAnswer answer() {
      return answers
          ? ParentAnswer.of(name, "192.0.2.9", has, has.stream().findFirst().map(DSRecord::getTTL))
          : ParentAnswer.silent(
              name, "192.0.2.9", ParentAnswer.Kind.UNREACHABLE, "it does not answer");
    }
  }

  /** Serves what it read last, by its clock and as production does. */
  final class Server {
    private final String address;
    private final LoadedZones loaded = loaded();
    boolean reachesDatabase = true;
    boolean answers = true;
    private String known = "none";
    private long serial;
    private Served served;
    private Instant since;

    Server(String address) {
      this.address = address;
      follow();
    }

    /** As if it had been away until now. */
    void begin() {
      served = null;
      follow();
    }

    void follow() {
      String changes = reachesDatabase ? text("SELECT max(txid)::TEXT FROM keyward.change") : known;
      if (!changes.equals(known)) {
        loaded.loadAll();
        serial = serial();
        known = changes;
      }
      Zone zone = loaded.byOrigin(ZONE).orElseThrow();
      List<AnswerRow> rows = rows(zone);
      if (address.equals("one")) {
        log.served(rows, time.now);
      }
      Served now = Served.of(rows, !zone.metadata().containsKey("PRESIGNED"));
      unservable += now.isValid(time.now) ? 0 : 1;
      if (!now.isSame(served)) {
        end();
        since = time.now;
      }
      served = now;
    }

    /** Where PowerDNS signs, it asks for the signatures over the DNSKEY set at the apex only. */
    private static List<AnswerRow> rows(Zone zone) {
      List<AnswerRow> rows = zone.list().toList();
      if (rows.stream().anyMatch(row -> row.type().equals("RRSIG"))) {
        return rows;
      }
      return Stream.concat(
              rows.stream(),
              zone.lookup(ZONE).orElseThrow().rows().stream()
                  .filter(row -> row.type().equals("RRSIG") && row.content().startsWith("DNSKEY ")))
          .toList();
    }

    void end() {
      if (served == null) {
        return;
      }
      Set<SigningKey> published = new HashSet<>();
      served.keys().forEach(key -> published.add(known(key)));
      keys.add(
          new Version<>(
              since,
              time.now,
              Duration.ofSeconds(served.keyTtl()),
              new PublishedKeys(published, Served.signers(served.overKeys()))));
      data.add(
          new Version<>(
              since, time.now, Duration.ofSeconds(served.largestTtl()), served.dataSigners()));
    }

    ZoneServers.Shown shown() {
      return answers
          ? new ZoneServers.Shown(
              address,
              Optional.of(new ZoneServers.Answer(serial, served.keys(), served.overData())),
              "")
          : new ZoneServers.Shown(address, Optional.empty(), "it does not answer");
    }
  }

  /**
   * What a server gives.
   *
   * @param overKeys the signatures over the DNSKEY set
   * @param overData those over what the ZSKs sign
   * @param live whether PowerDNS makes these while it answers
   */
  record Served(
      List<DNSKEYRecord> keys,
      List<RRSIGRecord> overKeys,
      List<RRSIGRecord> overData,
      boolean live,
      long largestTtl) {
    static Served of(List<AnswerRow> rows, boolean live) {
      List<RRSIGRecord> signatures = new ArrayList<>();
      List<DNSKEYRecord> keys = new ArrayList<>();
      long largest = 0;
      for (AnswerRow row : rows) {
        if (row.type().equals("RRSIG")) {
          signatures.add((RRSIGRecord) record(row));
        } else if (row.type().equals("DNSKEY")) {
          keys.add((DNSKEYRecord) record(row));
        } else {
          largest = Math.max(largest, row.ttl());
        }
      }
      return new Served(
          keys,
          signatures.stream().filter(one -> one.getTypeCovered() == Type.DNSKEY).toList(),
          signatures.stream().filter(one -> !isByKsks(one.getTypeCovered())).toList(),
          live,
          largest);
    }

    private static org.xbill.DNS.Record record(AnswerRow row) {
      try {
        return org.xbill.DNS.Record.fromString(
            row.owner(), Type.value(row.type()), DClass.IN, row.ttl(), row.content(), Name.root);
      } catch (IOException e) {
        throw new IllegalStateException(row.toString(), e);
      }
    }

    private static boolean isByKsks(int type) {
      return type == Type.DNSKEY || type == Type.CDS || type == Type.CDNSKEY;
    }

    /** Whether there are signatures, each valid at {@code now}. */
    boolean isValid(Instant now) {
      return !overKeys.isEmpty()
          && !dataSigners().isEmpty()
          && Stream.concat(overKeys.stream(), overData.stream())
              .noneMatch(one -> one.getTimeSigned().isAfter(now) || !one.getExpire().isAfter(now));
    }

    /** In mode powerdns PowerDNS gives the DNSKEY set. */
    long keyTtl() {
      return keys.isEmpty() ? 0 : keys.get(0).getTTL();
    }

    /** Whether the same keys are published and sign, with the same TTLs. */
    boolean isSame(Served other) {
      return other != null
          && Set.copyOf(keys).equals(Set.copyOf(other.keys))
          && largestTtl == other.largestTtl
          && keyTtl() == other.keyTtl()
          && signers(overKeys).equals(signers(other.overKeys))
          && dataSigners().equals(other.dataSigners());
    }

    /** PowerDNS has one ZSK to sign with: no key rolls then. */
    Set<SigningKey> dataSigners() {
      List<DNSKEYRecord> zsks =
          keys.stream().filter(key -> key.getFlags() == DNSKEYRecord.Flags.ZONE_KEY).toList();
      return live && zsks.size() == 1 ? Set.of(known(zsks.get(0))) : signers(overData);
    }

    static Set<SigningKey> signers(List<RRSIGRecord> signatures) {
      return signatures.stream()
          .map(one -> new SigningKey(one.getFootprint(), one.getAlgorithm()))
          .collect(Collectors.toSet());
    }
  }
}
