package org.keyward.remote;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.signing.Tokens;
import org.keyward.store.Database;
import org.keyward.store.PostgresChangeFeed;
import org.keyward.store.PostgresReplication;
import org.keyward.store.PostgresSigning;
import org.keyward.store.PostgresZoneKeys;
import org.keyward.store.PostgresZoneWriter;
import org.keyward.store.PostgresZones;
import org.keyward.store.ServerReports;
import org.keyward.store.SignedZoneReader;
import org.keyward.store.SigningDesk;
import org.keyward.store.TestDatabase;
import org.keyward.store.TokenPins;
import org.keyward.store.ZoneEditor;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.MasterFile;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ServedListener;
import org.keyward.zone.SigningMode;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/** Both servers of the protocol on a database of their own, as the service puts them together. */
final class ServedDatabase implements AutoCloseable {
  static final Seal SEAL = new Seal(Secret.of("0123456789abcdef0123456789abcdef"));

  final Database database = TestDatabase.create();
  final Servers servers;
  final LoadedZones loaded;
  private final ZoneFollower follower;
  private final ServerReports reports;
  private final Signer signer;
  final Tokens tokens;
  private final String token;

  ServedDatabase(Path directory, TransactionLimits limits) {
    this(directory, limits, ServedListener.NONE);
  }

  /**
   * @param listener told of what is served
   */
  ServedDatabase(Path directory, ServedListener listener) {
    this(directory, new TransactionLimits(4, Duration.ofMinutes(1)), listener);
  }

  private ServedDatabase(Path directory, TransactionLimits limits, ServedListener listener) {
    this(
        directory,
        limits,
        listener,
        TokenPins.NONE,
        database -> new SoftwareTokens(1_000, "ksk"),
        Map.of(),
        false);
  }

  /** With a token of its own on SoftHSM2, whose PIN PowerDNS gets. */
  ServedDatabase(Path directory, TokenPins pins, Function<Database, Tokens> tokens) {
    this(directory, pins, tokens, false);
  }

  /**
   * @param powerDnsByDefault as with {@code signing.mode: powerdns}
   */
  ServedDatabase(
      Path directory,
      TokenPins pins,
      Function<Database, Tokens> tokens,
      boolean powerDnsByDefault) {
    this(
        directory,
        TransactionLimits.DEFAULT,
        ServedListener.NONE,
        pins,
        tokens,
        Map.of("office", "softhsm2"),
        powerDnsByDefault);
  }

  /** Signs with tokens of its own, as these settings say. */
  ServedDatabase(Path directory, Function<Database, Tokens> tokens, SigningSettings settings) {
    this(
        directory,
        TransactionLimits.DEFAULT,
        ServedListener.NONE,
        TokenPins.NONE,
        tokens,
        Map.of(),
        false,
        settings);
  }

  private ServedDatabase(
      Path directory,
      TransactionLimits limits,
      ServedListener listener,
      TokenPins pins,
      Function<Database, Tokens> makeTokens,
      Map<String, String> powerDnsModules,
      boolean powerDnsByDefault) {
    this(
        directory,
        limits,
        listener,
        pins,
        makeTokens,
        powerDnsModules,
        powerDnsByDefault,
        SigningSettings.DEFAULT);
  }

  private ServedDatabase(
      Path directory,
      TransactionLimits limits,
      ServedListener listener,
      TokenPins pins,
      Function<Database, Tokens> makeTokens,
      Map<String, String> powerDnsModules,
      boolean powerDnsByDefault,
      SigningSettings settings) {
    this.tokens = makeTokens.apply(database);
    this.token = tokens.names().get(0);
    PostgresZones zones =
        new PostgresZones(
            database, new SignedZoneReader(SEAL, pins, Clock.systemUTC()), Optional.of(SEAL), pins);
    signer =
        new Signer(
            new PostgresSigning(database, SEAL, "signer:test", powerDnsModules),
            tokens,
            ParentDs.NOT_ASKED,
            settings,
            new DatabaseClock());
    reports = new ServerReports(database, "test at 127.0.0.1:8054", pins).start();
    ServedChanges served = new ServedChanges();
    loaded = new LoadedZones(zones, zones, Clock.systemUTC(), ZoneMemory.ofHeap(), listener);
    follower =
        new ZoneFollower(new PostgresChangeFeed(database), loaded, Clock.systemUTC(), served);
    follower.start();
    servers =
        Servers.start(
            loaded,
            new Writing(
                new PostgresZoneWriter(database, served),
                new PostgresReplication(database, served),
                new PostgresZoneKeys(database, served, SEAL, powerDnsByDefault),
                limits,
                true),
            directory);
  }

  int zone(String name, String type, String... rows) {
    return TestDatabase.jdbi(database).inTransaction(h -> zone(h, name, type, rows));
  }

  /** Rows as {@code owner type content}. */
  private static int zone(Handle handle, String name, String type, String... rows) {
    int id =
        handle
            .createQuery("INSERT INTO domains (name, type) VALUES (?, ?) RETURNING id")
            .bind(0, name)
            .bind(1, type)
            .mapTo(Integer.class)
            .one();
    for (String row : rows) {
      String[] fields = row.split(" ", 3);
      handle.execute(
          "INSERT INTO records (domain_id, name, type, content, ttl) VALUES (?, ?, ?, ?, 60)",
          id,
          fields[0],
          fields[1],
          fields[2]);
    }
    return id;
  }

  /** Makes or replaces a zone. */
  void load(String zone, String masterFile) throws IOException {
    Name origin = Name.fromString(zone, Name.root);
    new ZoneEditor(database)
        .replace(
            origin,
            MasterFile.read(
                new ByteArrayInputStream(masterFile.getBytes(StandardCharsets.UTF_8)), origin),
            stored -> {});
  }

  /** Has the zone signed, as 'keyward assign' and the signer do. */
  void sign(String zone) throws IOException {
    sign(zone, SigningMode.PRESIGNED);
    Name origin = Name.fromString(zone, Name.root);
    await(() -> loaded.byOrigin(origin).orElseThrow().metadata().containsKey("PRESIGNED"));
  }

  void sign(String zone, SigningMode mode) throws IOException {
    assign(zone, "t", "ksk", mode);
    if (mode == SigningMode.SPLIT) {
      Name origin = Name.fromString(zone, Name.root);
      await(() -> !loaded.byOrigin(origin).orElseThrow().cryptokeys().isEmpty());
    }
  }

  /** As 'keyward assign' and the signer do. */
  void assign(String zone, String tokenName, String label, SigningMode mode) throws IOException {
    finish(
        new SigningDesk(database)
            .assign(
                Name.fromString(zone, Name.root),
                tokenName,
                label,
                Optional.empty(),
                Optional.of(mode),
                "",
                "os:test"));
  }

  /** As 'keyward mode' and the signer do; returns when the change is under way. */
  void changeMode(String zone, String mode) throws IOException {
    finish(
        new SigningDesk(database)
            .changeMode(Name.fromString(zone, Name.root), mode, "", "os:test"));
  }

  private void finish(long request) {
    SigningDesk desk = new SigningDesk(database);
    for (int i = 0; i < 20 && !desk.answer(request).finished(); i++) {
      signer.plan();
      signer.sign(token);
    }
    if (!desk.answer(request).state().equals("done")) {
      throw new AssertionError(desk.answer(request).text());
    }
  }

  static void await(BooleanSupplier condition) {
    for (int i = 0; i < 400; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new AssertionError("waited in vain for 20 s");
  }

  Signer signer() {
    return signer;
  }

  void sql(String statement) {
    TestDatabase.jdbi(database).useHandle(h -> h.execute(statement));
  }

  void metadata(String zone, String kind, String content) {
    TestDatabase.jdbi(database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO domainmetadata (domain_id, kind, content)"
                        + " SELECT id, ?, ? FROM domains WHERE name = ?",
                    kind,
                    content,
                    zone));
  }

  /** Lets the signer do what there is to do. */
  void work() {
    int idle = 0;
    while (idle < 2) {
      int done = signer.plan();
      for (String name : tokens.names()) {
        done += Math.max(0, signer.sign(name));
      }
      idle = done == 0 ? idle + 1 : 0;
    }
  }

  /**
   * @param nsec3param null for NSEC
   */
  void setDenial(String zone, String nsec3param) {
    TestDatabase.jdbi(database)
        .useTransaction(
            h -> {
              h.execute(
                  "DELETE FROM domainmetadata WHERE kind = 'NSEC3PARAM' AND domain_id ="
                      + " (SELECT id FROM domains WHERE name = ?)",
                  zone);
              if (nsec3param != null) {
                h.execute(
                    "INSERT INTO domainmetadata (domain_id, kind, content)"
                        + " SELECT id, 'NSEC3PARAM', ? FROM domains WHERE name = ?",
                    nsec3param,
                    zone);
              }
            });
  }

  /** Returns when it is served: PowerDNS reads the list of zones once, at its start. */
  void secondary(String name, String primary) throws IOException {
    TestDatabase.jdbi(database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO domains (name, type, master) VALUES (?, 'SLAVE', ?)",
                    name,
                    primary));
    Name origin = Name.fromString(name, Name.root);
    await(() -> loaded.byOrigin(origin).isPresent());
  }

  /** Every row of a zone as {@code owner type prio content}, sorted. */
  List<String> rows(String zone) {
    return texts(
        "SELECT concat_ws(' ', r.name, r.type, nullif(r.prio, 0), r.content) FROM records r"
            + " JOIN domains d ON d.id = r.domain_id WHERE d.name = '"
            + zone
            + "' ORDER BY 1");
  }

  List<String> texts(String sql) {
    return TestDatabase.jdbi(database)
        .withHandle(h -> h.createQuery(sql).mapTo(String.class).list());
  }

  /** Transactions that stay open; others come and go, of those who follow and report. */
  long openTransactions() {
    List<String> first = openNow();
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return openNow().stream().filter(first::contains).count();
  }

  private List<String> openNow() {
    return texts(
        "SELECT pid || ' ' || xact_start FROM pg_stat_activity"
            + " WHERE datname = current_database() AND state LIKE 'idle in transaction%'");
  }

  @Override
  public void close() {
    servers.close();
    follower.close();
    reports.close();
    tokens.close();
    database.close();
  }
}
