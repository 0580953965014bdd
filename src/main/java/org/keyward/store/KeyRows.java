package org.keyward.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindPrivateKey;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.Seal;
import org.keyward.signing.TokenKey;
import org.keyward.zone.CryptoKey;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** Keys of signed zones: what is public of the KSKs, and the sealed ZSKs. */
final class KeyRows {
  private final Seal seal;

  KeyRows(Seal seal) {
    this.seal = seal;
  }

  static DNSKEYRecord ksk(Name zone, TokenKey key) {
    return SoftwareKeys.dnskey(zone, SoftwareKeys.KSK_FLAGS, key.algorithm(), key.publicKey());
  }

  static int keyId(Handle handle, TokenKey key, int tag) {
    return handle
        .createQuery(
            """
            INSERT INTO keyward.key
              (token_serial, token_name, label, cka_id, algorithm, public_key, key_tag)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (token_serial, algorithm, public_key)
            DO UPDATE SET token_name = EXCLUDED.token_name, label = EXCLUDED.label
            RETURNING id
            """)
        .bind(0, key.serial())
        .bind(1, key.token())
        .bind(2, key.label())
        .bind(3, key.ckaId())
        .bind(4, key.algorithm().number())
        .bind(5, key.publicKey())
        .bind(6, tag)
        .mapTo(Integer.class)
        .one();
  }

  /** The private key, as the table of ZSKs holds it. */
  byte[] sealed(SoftwareKey zsk) {
    return seal.seal(zsk.privateKey().getEncoded(), sealContext(zsk.dnskey()));
  }

  /** The ZSK that came with a request. */
  static int addAdoptedZsk(Handle handle, int assignmentId, long requestId) {
    return handle
        .createQuery(
            """
            INSERT INTO keyward.zsk (assignment_id, algorithm, public_key, key_tag, sealed)
            SELECT ?, zsk_algorithm, zsk_public, zsk_tag, zsk_sealed FROM keyward.request WHERE id = ?
            RETURNING key_tag
            """)
        .bind(0, assignmentId)
        .bind(1, requestId)
        .mapTo(Integer.class)
        .one();
  }

  void addZsk(Handle handle, int assignmentId, SoftwareKey zsk) {
    DNSKEYRecord dnskey = zsk.dnskey();
    handle.execute(
        """
        INSERT INTO keyward.zsk (assignment_id, algorithm, public_key, key_tag, sealed)
        VALUES (?, ?, ?, ?, ?)
        """,
        assignmentId,
        dnskey.getAlgorithm(),
        dnskey.getKey(),
        dnskey.getFootprint(),
        sealed(zsk));
  }

  List<SoftwareKey> zsks(Handle handle, int assignmentId, Name origin) {
    Map<Integer, SoftwareKey> keys = new LinkedHashMap<>();
    handle
        .createQuery("SELECT * FROM keyward.zsk WHERE assignment_id = ? ORDER BY id")
        .bind(0, assignmentId)
        .map(
            (rs, context) -> {
              Algorithm algorithm = Algorithm.ofNumber(rs.getInt("algorithm")).orElseThrow();
              DNSKEYRecord dnskey =
                  SoftwareKeys.dnskey(
                      origin, SoftwareKeys.ZSK_FLAGS, algorithm, rs.getBytes("public_key"));
              byte[] pkcs8 = seal.open(rs.getBytes("sealed"), sealContext(dnskey));
              return Map.entry(
                  rs.getInt("id"),
                  new SoftwareKey(dnskey, SoftwareKeys.privateKey(algorithm, pkcs8)));
            })
        .forEach(entry -> keys.put(entry.getKey(), entry.getValue()));
    return List.copyOf(keys.values());
  }

  /**
   * The ZSKs for PowerDNS to sign with: not published by it, since Keyward gives the DNSKEY set.
   */
  List<CryptoKey> liveKeys(Handle handle, int assignmentId, Name origin) {
    return handle
        .createQuery("SELECT * FROM keyward.zsk WHERE assignment_id = ? ORDER BY id")
        .bind(0, assignmentId)
        .map(
            (rs, context) -> {
              Algorithm algorithm = Algorithm.ofNumber(rs.getInt("algorithm")).orElseThrow();
              DNSKEYRecord dnskey =
                  SoftwareKeys.dnskey(
                      origin, SoftwareKeys.ZSK_FLAGS, algorithm, rs.getBytes("public_key"));
              byte[] sealed = rs.getBytes("sealed");
              return new CryptoKey(
                  rs.getInt("id"),
                  SoftwareKeys.ZSK_FLAGS,
                  true,
                  false,
                  () -> BindPrivateKey.write(algorithm, seal.open(sealed, sealContext(dnskey))));
            })
        .list();
  }

  private static String sealContext(DNSKEYRecord dnskey) {
    return StoredNames.of(dnskey.getName()) + " ZSK " + dnskey.getFootprint();
  }

  static List<DNSKEYRecord> keySet(
      Handle handle, int assignmentId, Name zone, DNSKEYRecord ksk, long ttl) {
    List<DNSKEYRecord> keys = new ArrayList<>(List.of(ksk));
    handle
        .createQuery(
            "SELECT algorithm, public_key FROM keyward.zsk WHERE assignment_id = ? ORDER BY id")
        .bind(0, assignmentId)
        .map(
            (rs, context) ->
                SoftwareKeys.dnskey(
                    zone,
                    SoftwareKeys.ZSK_FLAGS,
                    Algorithm.ofNumber(rs.getInt("algorithm")).orElseThrow(),
                    rs.getBytes("public_key")))
        .forEach(keys::add);
    return RrsetSigner.withTtl(keys, ttl).stream().map(DNSKEYRecord.class::cast).toList();
  }
}
