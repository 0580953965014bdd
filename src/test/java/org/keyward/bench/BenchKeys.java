package org.keyward.bench;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.SealKey;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindPrivateKey;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.store.Database;
import org.keyward.store.PostgresSigning;
import org.xbill.DNS.Name;

/** Signs all zones of a database, in the ways that there are. */
final class BenchKeys {
  private BenchKeys() {}

  /** PowerDNS signs with a key that it gets, as after {@code pdnsutil secure-zone}. */
  static void live(BenchDatabase database, String name) throws SQLException {
    SoftwareKey key =
        SoftwareKeys.generate(Name.root, Algorithm.ECDSAP256SHA256, SoftwareKeys.KSK_FLAGS);
    String content = BindPrivateKey.write(Algorithm.ECDSAP256SHA256, key.privateKey().getEncoded());
    database.execute(
        name,
        "SET session_replication_role = replica",
        "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
            + " SELECT id, 257, true, true, '"
            + content
            + "' FROM domains",
        "VACUUM ANALYZE cryptokeys");
  }

  /**
   * As 'keyward assign' and the signer do, with a token that takes no time and a runway of one
   * step.
   *
   * @param sealKey made if it is not there
   * @param mode {@code presigned} or {@code split}
   */
  static void assign(BenchDatabase database, String name, Path sealKey, String mode)
      throws SQLException {
    CryptoProviders.install();
    database.execute(
        name,
        // Nothing of this is measured.
        "ALTER DATABASE " + name + " SET synchronous_commit = off",
        "INSERT INTO keyward.request (kind, zone, token, label, mode, reason, actor)"
            + " SELECT 'assign', name, 't', 'ksk', '"
            + mode
            + "', '', 'os:bench' FROM domains");
    SigningSettings usual = SigningSettings.DEFAULT;
    SigningSettings settings =
        new SigningSettings(
            mode,
            usual.validity(),
            usual.step(),
            Duration.ofDays(7),
            usual.dnskeyTtl(),
            usual.unassignHold(),
            Optional.empty(),
            usual.parentCheck(),
            usual.rolls());
    Seal seal = new Seal(SealKey.readOrCreate(sealKey));
    try (Database pool = database.pool(name)) {
      Signer signer =
          new Signer(
              new PostgresSigning(pool, seal, "signer:bench"),
              new SoftwareTokens(1e9, "ksk"),
              ParentDs.NOT_ASKED,
              settings,
              new DatabaseClock());
      int idle = 0;
      while (idle < 3) {
        idle = signer.plan() + Math.max(0, signer.sign("t")) == 0 ? idle + 1 : 0;
      }
    }
    database.execute(name, "ALTER DATABASE " + name + " RESET synchronous_commit");
  }
}
