package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.config.Secret;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindPrivateKey;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.Seal;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** Keys that PowerDNS signs with, in all forms that cryptokeys has them in. */
@Tag("once")
class PowerDnsKeysTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private final Seal seal = new Seal(Secret.of(new byte[32]));
  private final Database database = TestDatabase.create();
  private final PowerDnsKeys keys = new PowerDnsKeys(database, () -> seal);

  @BeforeEach
  void zone() {
    sql("INSERT INTO domains (name, type) VALUES ('example.com', 'NATIVE')");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void sql(String statement, Object... arguments) {
    database.useTransaction(handle -> handle.execute(statement, arguments));
  }

  private void key(int flags, boolean active, String content) {
    sql(
        "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
            + " SELECT id, ?, ?, true, ? FROM domains",
        flags,
        active,
        content);
  }

  private static String text(SoftwareKey key) {
    return BindPrivateKey.write(
        Algorithm.ofNumber(key.dnskey().getAlgorithm()).orElseThrow(),
        key.privateKey().getEncoded());
  }

  private List<Integer> tags() {
    return keys.of(ZONE).stream().map(DNSKEYRecord::getFootprint).toList();
  }

  @Test
  void aSoftwareKeyIsReadSealedAndInClear() {
    SoftwareKey one =
        SoftwareKeys.generate(ZONE, Algorithm.ECDSAP256SHA256, SoftwareKeys.KSK_FLAGS);
    SoftwareKey other = SoftwareKeys.generate(ZONE, Algorithm.RSASHA256, SoftwareKeys.KSK_FLAGS);
    SoftwareKey zsk =
        SoftwareKeys.generate(ZONE, Algorithm.ECDSAP256SHA256, SoftwareKeys.ZSK_FLAGS);
    assertThat(tags()).isEmpty();
    key(256, true, text(zsk));
    assertThat(tags()).containsExactly(zsk.dnskey().getFootprint()); // as a CSK
    key(257, true, text(one));
    key(257, false, text(one));
    assertThat(tags()).containsExactly(one.dnskey().getFootprint());
    SealedContent content = new SealedContent(Optional.of(seal));
    database.useTransaction(
        handle ->
            SealedKeyTable.add(
                handle, 1, 257, true, true, content.close(handle, text(other), ZONE, false)));
    assertThat(tags()).containsExactly(one.dnskey().getFootprint(), other.dnskey().getFootprint());
  }

  @Test
  void aKeyOnATokenIsOneThatTheSignerHasSeen() {
    SoftwareKey ksk =
        SoftwareKeys.generate(ZONE, Algorithm.ECDSAP256SHA256, SoftwareKeys.KSK_FLAGS);
    key(257, true, EngineKey.write(Algorithm.ECDSAP256SHA256, "softhsm2", "card", "ksk"));
    assertThatThrownBy(this::tags).hasMessageContaining("has not seen the key 'ksk'");
    sql(
        "INSERT INTO keyward.token_status (name, serial, label, seen_at) VALUES"
            + " ('office', 'S1', 'card', now())");
    sql(
        "INSERT INTO keyward.token_key VALUES ('office', 'S1', 'ksk', '01', 13, ?, 1)",
        ksk.dnskey().getKey());
    assertThat(tags()).containsExactly(ksk.dnskey().getFootprint());
  }
}
