package org.keyward.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindPrivateKey;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.Seal;
import org.keyward.signing.TokenKey;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.ZoneFaultException;
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
  byte[] sealed(Handle handle, SoftwareKey zsk) {
    return SealKeyTable.inForce(handle, seal)
        .seal(zsk.privateKey().getEncoded(), sealContext(zsk.dnskey()));
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
        sealed(handle, zsk));
  }

  /** A row of {@code keyward.zsk}, its private key sealed. */
  record Zsk(int id, int assignmentId, int algorithmNumber, byte[] publicKey, byte[] sealed) {
    /**
     * @throws ZoneFaultException when there is none with this number
     */
    Algorithm algorithm() {
      return Algorithm.ofNumber(algorithmNumber)
          .orElseThrow(
              () ->
                  new ZoneFaultException(
                      "its row in keyward.zsk has the algorithm "
                          + algorithmNumber
                          + ", with which Keyward cannot sign"));
    }

    DNSKEYRecord dnskey(Name zone) {
      return SoftwareKeys.dnskey(zone, SoftwareKeys.ZSK_FLAGS, algorithm(), publicKey);
    }
  }

  /** The ZSKs of these assignments, by assignment. */
  static Map<Integer, List<Zsk>> zsks(Handle handle, Object... assignmentIds) {
    return handle
        .createQuery("SELECT * FROM keyward.zsk WHERE assignment_id = ANY(:ids) ORDER BY id")
        .bindArray("ids", Integer.class, assignmentIds)
        .map(
            (rs, context) ->
                new Zsk(
                    rs.getInt("id"),
                    rs.getInt("assignment_id"),
                    rs.getInt("algorithm"),
                    rs.getBytes("public_key"),
                    rs.getBytes("sealed")))
        .stream()
        .collect(Collectors.groupingBy(Zsk::assignmentId));
  }

  /** Unsealed, for Keyward to sign with. */
  List<SoftwareKey> softwareKeys(Name zone, List<Zsk> zsks) {
    return zsks.stream()
        .map(
            zsk -> {
              DNSKEYRecord dnskey = zsk.dnskey(zone);
              return new SoftwareKey(
                  dnskey, SoftwareKeys.privateKey(zsk.algorithm(), open(zsk, dnskey)));
            })
        .toList();
  }

  /** In clear, as PowerDNS's own table has them. */
  List<String> bindTexts(Name zone, List<Zsk> zsks) {
    return zsks.stream()
        .map(zsk -> BindPrivateKey.write(zsk.algorithm(), open(zsk, zsk.dnskey(zone))))
        .toList();
  }

  /** For PowerDNS to sign with: not published by it, since Keyward gives the DNSKEY set. */
  List<CryptoKey> liveKeys(Name zone, List<Zsk> zsks) {
    // One that cannot be opened is met now, and not when PowerDNS asks for it.
    zsks.forEach(zsk -> open(zsk, zsk.dnskey(zone)));
    return zsks.stream()
        .map(
            zsk ->
                new CryptoKey(
                    zsk.id(),
                    SoftwareKeys.ZSK_FLAGS,
                    true,
                    false,
                    () -> BindPrivateKey.write(zsk.algorithm(), open(zsk, zsk.dnskey(zone)))))
        .toList();
  }

  private byte[] open(Zsk zsk, DNSKEYRecord dnskey) {
    try {
      return seal.open(zsk.sealed(), sealContext(dnskey));
    } catch (Seal.NotOpenedException e) {
      throw new ZoneFaultException(
          "its zone signing key, row "
              + zsk.id()
              + " of keyward.zsk, cannot be opened: "
              + e.getMessage());
    }
  }

  static String sealContext(DNSKEYRecord dnskey) {
    return StoredNames.of(dnskey.getName()) + " ZSK " + dnskey.getFootprint();
  }

  /** The DNSKEY set of a zone: the KSK, and the ZSKs. */
  static List<DNSKEYRecord> keySet(Name zone, DNSKEYRecord ksk, List<Zsk> zsks, long ttl) {
    List<DNSKEYRecord> keys = new ArrayList<>(List.of(ksk));
    zsks.forEach(zsk -> keys.add(zsk.dnskey(zone)));
    return RrsetSigner.withTtl(keys, ttl).stream().map(DNSKEYRecord.class::cast).toList();
  }

  static List<DNSKEYRecord> keySet(
      Handle handle, int assignmentId, Name zone, DNSKEYRecord ksk, long ttl) {
    return keySet(zone, ksk, zsks(handle, assignmentId).getOrDefault(assignmentId, List.of()), ttl);
  }
}
