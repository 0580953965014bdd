package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.ListenAddress;
import org.keyward.config.RollSettings;
import org.keyward.config.SigningSettings;
import org.keyward.config.TokenSettings;
import org.keyward.signing.DnsServers;
import org.keyward.signing.RollLoop;
import org.keyward.signing.Tokens;
import org.keyward.store.Database;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresPinMemory;
import org.keyward.store.PostgresSigning;
import org.keyward.store.PostgresTokenLock;
import org.keyward.token.Pkcs11Tokens;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/**
 * A roll whose waits are seconds, in a database that PowerDNS serves from; the signer asks PowerDNS
 * over DNS, as it does anywhere.
 */
final class RollInSeconds implements AutoCloseable {
  static final SigningSettings SETTINGS =
      new SigningSettings(
          "presigned",
          Duration.ofSeconds(40),
          Duration.ofSeconds(10),
          Duration.ofSeconds(45),
          Duration.ofSeconds(3),
          Duration.ofDays(1),
          Optional.empty(),
          SigningSettings.DEFAULT.parentCheck(),
          new RollSettings(
              Optional.empty(),
              Duration.ofSeconds(2),
              Duration.ofSeconds(1),
              Duration.ofSeconds(3),
              Duration.ofSeconds(3),
              Duration.ofSeconds(1),
              List.of()));

  final List<String> phases = new ArrayList<>();
  private final ServedDatabase served;
  private final RollLoop loop;

  RollInSeconds(ServedDatabase served, PowerDns powerDns) {
    this.served = served;
    this.loop =
        new RollLoop(
            new PostgresSigning(served.database, ServedDatabase.SEAL, "signer:test").rolls(),
            new DnsServers(List.of(new ListenAddress("127.0.0.1", powerDns.port()))),
            served.tokens,
            SETTINGS,
            new DatabaseClock());
  }

  /** A zone whose TTLs are seconds too. */
  static String records(String nameServer) {
    return """
        @ 3 SOA %1$s h.example.net. 1 3600 600 604800 2
        @ 3 NS %1$s
        www 3 A 192.0.2.1
        a.b.ent 2 A 192.0.2.2
        *.wild 3 A 192.0.2.3
        """
        .formatted(nameServer);
  }

  /** About names of that zone, present and absent. */
  static String[][] questions(String zone, String fresh) {
    return new String[][] {
      {zone, "DNSKEY"},
      {zone, "SOA"},
      {"www." + zone, "A"},
      {"b.ent." + zone, "A"},
      {fresh + ".wild." + zone, "A"},
      {fresh + "." + zone, "A"},
      {"www." + zone, "TXT"}
    };
  }

  static Tokens tokens(Database database, TokenSettings... tokens) {
    return new Pkcs11Tokens(
        List.of(tokens),
        new PostgresTokenLock(database),
        new PostgresPinMemory(database),
        ServedDatabase.SEAL,
        new PostgresAudit(database),
        "signer:test",
        Clock.systemUTC(),
        why -> {});
  }

  /** PowerDNS without caches that outlive a phase. */
  static PowerDns powerDns(PowerDnsVersion version, ServedDatabase served, Path folder)
      throws IOException {
    return powerDns(version, served, folder, SigningMode.PRESIGNED);
  }

  /** One that signs zones in this mode. */
  static PowerDns powerDns(
      PowerDnsVersion version, ServedDatabase served, Path folder, SigningMode mode)
      throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "launch=remote",
                "remote-connection-string=unix:path=" + served.servers.socket(),
                "remote-dnssec=yes",
                "direct-dnskey=yes",
                "zone-cache-refresh-interval=1",
                "disable-axfr=no",
                "allow-axfr-ips=127.0.0.0/8",
                "query-cache-ttl=0",
                "negquery-cache-ttl=0",
                "cache-ttl=1"));
    if (mode == SigningMode.SPLIT) {
      lines.add("direct-dnskey-signature=yes");
    }
    return PowerDns.start(version, Files.createTempDirectory(folder, "p"), lines);
  }

  /** Waits until PowerDNS may serve a zone with its signatures. */
  static void awaitSigned(ServedDatabase served, Name zone) {
    ServedDatabase.await(
        () -> served.loaded.byOrigin(zone).orElseThrow().metadata().containsKey("PRESIGNED"));
  }

  /** One round of the signer; gives the phase that has just begun, or nothing. "" is the end. */
  Optional<String> step() {
    served.work();
    loop.tick();
    String phase = served.texts("SELECT phase FROM keyward.roll").stream().findFirst().orElse("");
    if (!phases.isEmpty() && phases.get(phases.size() - 1).equals(phase)) {
      return Optional.empty();
    }
    phases.add(phase);
    return Optional.of(phase);
  }

  boolean hasEnded() {
    return !phases.isEmpty() && phases.get(phases.size() - 1).isEmpty();
  }

  /** Nothing that these have validated was bogus. */
  void nothingIsBogus(Poller... pollers) {
    for (Poller poller : pollers) {
      assertThat(poller.bogus()).as("phases %s", phases).isEmpty();
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
