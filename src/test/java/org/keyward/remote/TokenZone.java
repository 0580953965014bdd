package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.keyward.config.TokenSettings;
import org.keyward.signing.AdoptedZones;
import org.keyward.signing.Tokens;
import org.keyward.store.Database;
import org.keyward.store.HsmAdoption;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresFindings;
import org.keyward.store.PostgresPinMemory;
import org.keyward.store.PostgresTokenLock;
import org.keyward.store.TestDatabase;
import org.keyward.store.TokenPins;
import org.keyward.token.Pkcs11Tokens;
import org.keyward.token.SoftHsm;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** A zone, and beside it a fresh token with a key that Keyward and PowerDNS can sign it with. */
final class TokenZone implements AutoCloseable {
  private static final Pattern PIN_ALONE =
      Pattern.compile("(?<![0-9A-Za-z])" + SoftHsm.PIN + "(?![0-9A-Za-z])");

  static final String KEY = "powerdns";

  final ServedDatabase served;
  final TokenSettings token;

  /** Those of the server. */
  final TokenPins pins;

  /** The token's label. */
  final String slot;

  private final Path folder;
  private final String zone;

  /**
   * @param pins whether the server has the token's PIN
   */
  TokenZone(Path folder, String zone, String records, boolean pins) throws Exception {
    this(folder, zone, records, pins, SoftHsm.PIN);
  }

  /**
   * @param pin in the configuration of signer and server
   */
  TokenZone(Path folder, String zone, String records, boolean pins, String pin) throws Exception {
    this(folder, zone, records, pins, pin, false);
  }

  /**
   * @param powerDnsByDefault as with {@code signing.mode: powerdns}
   */
  TokenZone(
      Path folder, String zone, String records, boolean pins, String pin, boolean powerDnsByDefault)
      throws Exception {
    this.folder = folder;
    this.zone = zone;
    this.token = SoftHsm.token("office", pin);
    this.slot = token.label().orElseThrow();
    SoftHsm.makeKey(token, "EC:prime256v1", KEY);
    this.pins =
        pins
            ? new TokenPins(Map.of(slot, new TokenPins.Pin(token.pin().orElseThrow(), "softhsm2")))
            : TokenPins.NONE;
    this.served = new ServedDatabase(folder, this.pins, this::tokens, powerDnsByDefault);
    served.load(zone, records);
  }

  private Tokens tokens(Database database) {
    return new Pkcs11Tokens(
        List.of(token),
        new PostgresTokenLock(database),
        new PostgresPinMemory(database),
        ServedDatabase.SEAL,
        new PostgresAudit(database),
        "signer:test",
        Clock.systemUTC(),
        why -> {});
  }

  String stored() {
    return zone.substring(0, zone.length() - 1);
  }

  Name origin() throws Exception {
    return Name.fromString(zone);
  }

  HsmAdoption adoption() {
    return new HsmAdoption(served.database, ServedDatabase.SEAL, Map.of(slot, token.name()));
  }

  /** As 'keyward adopt-hsm --apply' does. */
  AdoptedZones adopt() {
    HsmAdoption adoption = adoption();
    return adoption.apply(adoption.find(), "test", "os:test", Instant.now(), done -> {});
  }

  /** As 'keyward assign' and the signer do. */
  void assign(SigningMode mode) throws Exception {
    served.assign(zone, token.name(), KEY, mode);
  }

  /** Zones of which a finding says that {@code hsm assign} came to nothing. */
  List<String> unassigned() {
    return new PostgresFindings(served.database)
        .facts(Instant.now(), Duration.ZERO, 10).powerDns().unassigned().stream()
            .map(found -> found.zone() + " " + found.why())
            .toList();
  }

  /** As {@code pdnsutil hsm assign}, whichever pdnsutil that is. */
  String[] hsmAssign() {
    return new String[] {
      "hsm", "assign", stored(), "ecdsa256", "ksk", "softhsm2", slot, SoftHsm.PIN, KEY
    };
  }

  /** PowerDNS's own tool, with its own backend, on the same database. */
  void gpgsql(String... arguments) throws Exception {
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    Path config = Files.createDirectories(folder.resolve("gpgsql"));
    Files.writeString(
        config.resolve("pdns.conf"),
        String.join(
            "\n",
            "launch=gpgsql",
            "gpgsql-host=" + psql.get("PGHOST"),
            "gpgsql-port=" + psql.get("PGPORT"),
            "gpgsql-user=" + psql.get("PGUSER"),
            "gpgsql-password=" + psql.get("PGPASSWORD"),
            "gpgsql-dbname=" + served.texts("SELECT current_database()::text").get(0),
            "gpgsql-dnssec=yes",
            ""));
    List<String> command = new ArrayList<>(List.of("pdnsutil", "--config-dir=" + config));
    command.addAll(List.of(arguments));
    assertThat(PowerDns.run(command)).doesNotContain("Error").doesNotContain("rror:");
  }

  /**
   * A PowerDNS that may sign the zone itself.
   *
   * @param more lines of its configuration, those about caches among them
   */
  PowerDns powerDns(PowerDnsVersion version, String... more) throws Exception {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "launch=remote",
                "remote-connection-string=unix:path=" + served.servers.socket(),
                "remote-dnssec=yes",
                "zone-cache-refresh-interval=1",
                "disable-axfr=no",
                "allow-axfr-ips=127.0.0.0/8"));
    lines.addAll(List.of(more));
    return PowerDns.start(version, Files.createTempDirectory(folder, "p"), lines);
  }

  /** All that is in the database. */
  List<String> dump() {
    return served
        .texts(
            "SELECT format('SELECT t::text FROM %I.%I t', table_schema, table_name)"
                + " FROM information_schema.tables WHERE table_schema IN ('public', 'keyward')")
        .stream()
        .flatMap(query -> served.texts(query).stream())
        .toList();
  }

  /**
   * Whether the PIN is anywhere in clear; digits in the middle of a hash or a signature are not it.
   */
  boolean hasPinInDatabase() {
    return dump().stream().anyMatch(PIN_ALONE.asPredicate());
  }

  /** The DNSKEY set as PowerDNS answers it, sorted. */
  List<String> keys(PowerDns powerDns) {
    return powerDns.digShort(zone, "DNSKEY").stream().sorted().toList();
  }

  @Override
  public void close() {
    served.close();
  }
}
