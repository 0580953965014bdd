package org.keyward.app;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.keyward.audit.Actor;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.CacheSettings;
import org.keyward.config.KeywardConfig;
import org.keyward.config.TokenSettings;
import org.keyward.copy.CopiedZones;
import org.keyward.copy.CopyKeeper;
import org.keyward.copy.PinNotes;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.parent.ParentServers;
import org.keyward.parent.ResolverParentDs;
import org.keyward.powerdns.ServedCheck;
import org.keyward.remote.TransactionLimits;
import org.keyward.remote.Writing;
import org.keyward.signing.DnsServers;
import org.keyward.signing.FindingWebhook;
import org.keyward.signing.Findings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.ParentSweep;
import org.keyward.signing.RollLoop;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SignerLoop;
import org.keyward.signing.Tokens;
import org.keyward.signing.Watch;
import org.keyward.store.Database;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresChangeFeed;
import org.keyward.store.PostgresCopies;
import org.keyward.store.PostgresFindings;
import org.keyward.store.PostgresMetrics;
import org.keyward.store.PostgresReplication;
import org.keyward.store.PostgresSamples;
import org.keyward.store.PostgresSigning;
import org.keyward.store.PostgresVersions;
import org.keyward.store.PostgresZoneKeys;
import org.keyward.store.PostgresZoneWriter;
import org.keyward.store.PostgresZones;
import org.keyward.store.PowerDnsContacts;
import org.keyward.store.RefusedPins;
import org.keyward.store.RequestDesk;
import org.keyward.store.ServerReports;
import org.keyward.store.SignedZoneReader;
import org.keyward.store.TokenPins;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ZoneSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The long-running commands: each starts its parts in order, and stops them in reverse. */
public final class Roles {
  private static final Logger LOG = LoggerFactory.getLogger(Roles.class);

  private static final Duration VALIDATE_EVERY = Duration.ofSeconds(30);

  private Roles() {}

  /** What a role adds to the parts that it runs. */
  @FunctionalInterface
  private interface Start {
    void with(Closing parts) throws InterruptedException;
  }

  /** Serves until the process is told to stop. */
  public static void serve(KeywardConfig config) throws InterruptedException {
    untilStopped(parts -> startServing(parts, config, parts.add(Storage.later(config)), () -> {}));
  }

  /** Serves, with the database and, where there are tokens, the signer as children. */
  public static void run(KeywardConfig config) throws InterruptedException {
    untilStopped(
        parts -> {
          Storage storage = parts.add(Storage.ownLater(config));
          startServing(
              parts,
              config,
              storage,
              () -> {
                storage.migrate();
                keepRule(config, storage); // there may be no token, and no signer to do it
              });
          if (config.tokens().isEmpty()) {
            // Nobody signs: what is wrong is looked for all the same.
            parts.add(SignerLoop.of(watch(config, storage, Optional.empty()))).start();
          } else {
            parts.add(SignerProcess.of(config.file())).start();
          }
        });
  }

  /** Signs until the process is told to stop. */
  public static void sign(KeywardConfig config) throws InterruptedException {
    untilStopped(
        parts -> {
          Storage storage = parts.add(Storage.await(config));
          storage.migrate();
          Seal seal = SealKeys.checked(config, storage);
          TokenAccess access =
              parts.add(TokenAccess.open(config, storage, Actor.signer(), Roles::endAtOnce));
          keepRule(config, storage);
          PostgresSigning signing =
              new PostgresSigning(
                  storage.database(), seal, Actor.signer(), powerDnsModules(config));
          Signer signer =
              new Signer(
                  signing, access.tokens(), parentDs(config), config.signing(), storage.clock());
          parts.add(ClockWatch.start(storage, "signer", Actor.host()));
          ProcessMetrics metrics = parts.add(new ProcessMetrics(storage.database()));
          config
              .admin()
              .signerHttp()
              .ifPresent(at -> parts.add(metrics.listen(config.admin(), at)));
          RollLoop rolls =
              parts.add(
                  new RollLoop(
                      signing.rolls(),
                      new DnsServers(config.signing().rolls().servers()),
                      access.tokens(),
                      config.signing(),
                      storage.clock()));
          parts
              .add(
                  new SignerLoop(signer, access.tokens())
                      .with(rolls)
                      .with(watch(config, storage, Optional.of(access.tokens()))))
              .start();
        });
  }

  /** The rule is the database's; a configuration can turn it on, and people can turn it off. */
  private static void keepRule(KeywardConfig config, Storage storage) {
    RequestDesk requests = new RequestDesk(storage.database());
    if (config.admin().twoPerson()) {
      requests.needTwoPeople(Actor.signer(), storage.clock().instant());
    } else if (requests.needsTwoPeople()) {
      LOG.info(
          "two people are needed, as the database has it; 'keyward two-person off' asks to end it");
    }
  }

  private static Watch watch(KeywardConfig config, Storage storage, Optional<Tokens> tokens) {
    DatabaseClock clock = storage.clock();
    PostgresFindings store = new PostgresFindings(storage.database());
    return new Watch(
        store,
        tokens,
        () -> new PostgresAudit(storage.database()).verify().fault(),
        new Findings(store, config.admin().runwayWarning(), clock),
        config
            .signing()
            .parentResolver()
            .map(
                resolver ->
                    new ParentSweep(
                        store, parentDs(config), new ResolverParentDs(resolver), clock)),
        config.admin().webhook().map(address -> new FindingWebhook(store, address, clock)),
        clock);
  }

  static ParentDs parentDs(KeywardConfig config) {
    return config
        .signing()
        .parentResolver()
        .<ParentDs>map(
            resolver ->
                switch (config.signing().parentCheck()) {
                  case SERVERS -> new ParentServers(resolver);
                  case RESOLVER -> new ResolverParentDs(resolver);
                })
        .orElse(ParentDs.NOT_ASKED);
  }

  /** A native call that hangs cannot be interrupted, and no shutdown hook must wait for it. */
  private static void endAtOnce(String why) {
    LOG.error("{}; this process ends and is to be started again", why);
    Runtime.getRuntime().halt(70);
  }

  /**
   * @param migrate what is to be done with the database before zones are read from it
   */
  private static void startServing(
      Closing parts, KeywardConfig config, Storage storage, Runnable migrate)
      throws InterruptedException {
    Seal seal = SealKeys.of(config);
    TokenPins pins = pins(config);
    Optional<CopiedZones> copy =
        config.cache().isEmpty() || storage.isThere()
            ? Optional.empty()
            : ServedCopy.open(config.cache(), seal, pins, storage.clock().serving());
    copy.ifPresent(parts::add);
    Runnable prepare =
        () -> {
          migrate.run();
          SealKeys.check(seal, storage);
        };
    if (copy.isEmpty()) {
      storage.await();
      prepare.run();
    }
    DatabaseClock clock = storage.clock();
    Database database = storage.database();
    parts.add(new RefusedPins(database, seal, pins)).start(copy.isEmpty());
    PostgresZones zones =
        new PostgresZones(
            database, new SignedZoneReader(seal, pins, clock.serving()), Optional.of(seal), pins);
    String name = Actor.host() + " at " + config.admin().http();
    parts.add(new ServerReports(database, name, pins)).start(copy.isEmpty());
    ServedChanges served = new ServedChanges();
    Writing writing =
        new Writing(
            new PostgresZoneWriter(database, served),
            new PostgresReplication(database, served),
            new PostgresZoneKeys(
                database, served, seal, config.signing().mode().equals("powerdns")),
            new TransactionLimits(
                config.backend().transactions(), config.backend().transactionIdle()),
            config.backend().writes());
    Optional<ServedCheck> check =
        config
            .admin()
            .validate()
            .map(at -> new ServedCheck(at, new PostgresSamples(database), clock));
    check.ifPresent(one -> parts.add(one).start(VALIDATE_EVERY));
    ProcessMetrics metrics = parts.add(new ProcessMetrics(database));
    ServeRole role = parts.add(new ServeRole(clock, metrics.registry()));
    parts.add(ClockWatch.start(storage, "server", name));
    role.start(
        new ServeRole.Stored(
            new StartSource(zones, zones, copy),
            new PostgresChangeFeed(database, name),
            served,
            prepare,
            config.cache().map(cache -> keeper(cache, zones, seal, pins, clock)),
            new PostgresCopies(database, name),
            new PostgresVersions(database, zones, name)),
        writing,
        config,
        AdminDesks.of(storage, config),
        new PostgresMetrics(database)::sample,
        contact ->
            new ContactReport(
                new PowerDnsContacts(database),
                contact,
                pins,
                () -> check.map(ServedCheck::faults).orElse(List.of()),
                name,
                clock),
        check);
  }

  private static CopyKeeper keeper(
      CacheSettings cache, ZoneSource zones, Seal seal, TokenPins pins, DatabaseClock clock) {
    return new CopyKeeper(
        cache, zones, seal, () -> new PinNotes(pins.learned(), pins.withheld()), clock.serving());
  }

  /** What PowerDNS calls the modules of the tokens, by the tokens' names. */
  private static Map<String, String> powerDnsModules(KeywardConfig config) {
    Map<String, String> modules = new HashMap<>();
    for (TokenSettings token : config.tokens()) {
      token.powerDnsModule().ifPresent(module -> modules.put(token.name(), module));
    }
    return modules;
  }

  /** Of those tokens alone that PowerDNS may use. */
  private static TokenPins pins(KeywardConfig config) {
    Map<String, TokenPins.Pin> pins = new HashMap<>();
    for (TokenSettings token : config.tokens()) {
      if (token.pin().isPresent() && token.powerDnsModule().isPresent()) {
        TokenPins.Pin pin = new TokenPins.Pin(token.pin().get(), token.powerDnsModule().get());
        Stream.of(Optional.of(token.name()), token.label(), token.serial())
            .flatMap(Optional::stream)
            .forEach(word -> pins.put(word, pin));
      }
    }
    return new TokenPins(pins);
  }

  private static void untilStopped(Start start) throws InterruptedException {
    CryptoProviders.install();
    Closing parts = new Closing();
    Thread hook = new Thread(parts::close, "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    ParentWatch.start(System.getenv(), () -> System.exit(0));
    try {
      start.with(parts);
    } catch (RuntimeException | InterruptedException e) {
      parts.close();
      throw e;
    }
    LOG.info("Keyward is ready");
    ReadyNotice.send(System.getenv());
    new CountDownLatch(1).await(); // until a signal runs the hook
  }
}
