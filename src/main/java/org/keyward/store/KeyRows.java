package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindPrivateKey;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.Span;
import org.keyward.keyset.ZoneKey;
import org.keyward.signing.Seal;
import org.keyward.signing.TokenKey;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.ZoneFaultException;
import org.keyward.zone.ZoneSigningKey;
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
            INSERT INTO keyward.zsk (assignment_id, algorithm, public_key, key_tag, sealed,
              published_from, signs_from)
            SELECT ?, zsk_algorithm, zsk_public, zsk_tag, zsk_sealed, 0, 0 FROM keyward.request WHERE id = ?
            RETURNING key_tag
            """)
        .bind(0, assignmentId)
        .bind(1, requestId)
        .mapTo(Integer.class)
        .one();
  }

  /**
   * A key that is in no set yet and signs nothing; it has made a signature that fits it, from the
   * form in which it is stored.
   *
   * @return its id
   */
  int addUnused(Handle handle, int assignmentId, SoftwareKey zsk) {
    DNSKEYRecord dnskey = zsk.dnskey();
    byte[] sealed = sealed(handle, zsk);
    int id =
        handle
            .createQuery(
                """
                INSERT INTO keyward.zsk (assignment_id, algorithm, public_key, key_tag, sealed,
                  unneeded_from)
                VALUES (?, ?, ?, ?, ?, 0) RETURNING id
                """)
            .bind(0, assignmentId)
            .bind(1, dnskey.getAlgorithm())
            .bind(2, dnskey.getKey())
            .bind(3, dnskey.getFootprint())
            .bind(4, sealed)
            .mapTo(Integer.class)
            .one();
    Zsk stored =
        zsks(handle, assignmentId).get(assignmentId).stream()
            .filter(one -> one.id() == id)
            .findFirst()
            .orElseThrow();
    List<DNSKEYRecord> tried = List.of(stored.dnskey(dnskey.getName()));
    ValidityWindow any =
        new ValidityWindow(Instant.EPOCH, Instant.EPOCH, Instant.EPOCH.plusSeconds(1));
    SoftwareKey opened = unsealed(dnskey.getName(), stored);
    if (!RrsetSigner.verifies(tried, RrsetSigner.sign(tried, opened, any), tried.get(0))) {
      throw new ZoneFaultException("its new zone signing key makes signatures that do not fit it");
    }
    return id;
  }

  void addZsk(Handle handle, int assignmentId, SoftwareKey zsk) {
    DNSKEYRecord dnskey = zsk.dnskey();
    handle.execute(
        """
        INSERT INTO keyward.zsk (assignment_id, algorithm, public_key, key_tag, sealed,
          published_from, signs_from)
        VALUES (?, ?, ?, ?, ?, 0, 0)
        """,
        assignmentId,
        dnskey.getAlgorithm(),
        dnskey.getKey(),
        dnskey.getFootprint(),
        sealed(handle, zsk));
  }

  /**
   * A row of {@code keyward.zsk}, its private key sealed.
   *
   * @param sealed empty when the private key was removed, which nothing can need any more
   * @param published the windows, by their begin, whose DNSKEY set has it
   * @param unneededFrom from when on a DNSKEY set without it is safe to serve
   */
  record Zsk(
      int id,
      int assignmentId,
      int algorithmNumber,
      byte[] publicKey,
      Optional<byte[]> sealed,
      Span published,
      Span signs,
      Optional<Instant> unneededFrom) {
    /** As those know it who decide what it does when. */
    ZoneKey zoneKey(int tag) {
      return new ZoneKey(id, KeyRole.ZSK, algorithmNumber, tag, published, signs, unneededFrom);
    }

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
                    Optional.ofNullable(rs.getBytes("sealed")),
                    span(rs, "published_from", "published_until"),
                    span(rs, "signs_from", "signs_until"),
                    Optional.ofNullable(rs.getObject("unneeded_from", Long.class))
                        .map(KeyRows::instant)))
        .stream()
        .collect(Collectors.groupingBy(Zsk::assignmentId));
  }

  static Span span(ResultSet row, String from, String until) throws SQLException {
    Long begin = row.getObject(from, Long.class);
    return begin == null
        ? Span.none()
        : new Span(
            instant(begin),
            Optional.ofNullable(row.getObject(until, Long.class)).map(KeyRows::instant));
  }

  /** One beyond all times that there are is the first or the last of them. */
  static Instant instant(long seconds) {
    return Instant.ofEpochSecond(
        Math.max(Instant.MIN.getEpochSecond(), Math.min(Instant.MAX.getEpochSecond(), seconds)));
  }

  /** Those that sign now or will: unsealed, for Keyward to sign with. */
  List<ZoneSigningKey> signingKeys(Name zone, List<Zsk> zsks, Instant now) {
    return signing(zsks, now)
        .map(zsk -> new ZoneSigningKey(unsealed(zone, zsk), zsk.signs()))
        .toList();
  }

  private SoftwareKey unsealed(Name zone, Zsk zsk) {
    DNSKEYRecord dnskey = zsk.dnskey(zone);
    return new SoftwareKey(dnskey, SoftwareKeys.privateKey(zsk.algorithm(), open(zsk, dnskey)));
  }

  /** Those that sign at this moment, or later. */
  private static Stream<Zsk> signing(List<Zsk> zsks, Instant now) {
    return zsks.stream()
        .filter(zsk -> !zsk.signs().isNone())
        .filter(zsk -> zsk.signs().until().map(now::isBefore).orElse(true));
  }

  /** In clear, as PowerDNS's own table has them; those that sign, and go on with it. */
  List<String> bindTexts(Name zone, List<Zsk> zsks) {
    return zsks.stream()
        .filter(zsk -> !zsk.signs().isNone() && zsk.signs().until().isEmpty())
        .map(zsk -> BindPrivateKey.write(zsk.algorithm(), open(zsk, zsk.dnskey(zone))))
        .toList();
  }

  /** For PowerDNS to sign with: not published by it, since Keyward gives the DNSKEY set. */
  List<CryptoKey> liveKeys(Name zone, List<Zsk> zsks, Instant now) {
    // One that cannot be opened is met now, and not when PowerDNS asks for it.
    zsks.stream()
        .filter(zsk -> zsk.sealed().isPresent())
        .forEach(zsk -> open(zsk, zsk.dnskey(zone)));
    return signing(zsks, now)
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
    byte[] sealed =
        zsk.sealed()
            .orElseThrow(
                () ->
                    new ZoneFaultException(
                        "it is to be signed with row "
                            + zsk.id()
                            + " of keyward.zsk, whose private key was removed: restore the row from"
                            + " a backup"));
    try {
      return seal.open(sealed, sealContext(dnskey));
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

  /** Ids of the ZSKs in the DNSKEY set of the window that begins at {@code activeFrom}. */
  static List<Integer> published(List<Zsk> zsks, Instant activeFrom) {
    return zsks.stream().filter(zsk -> zsk.published().covers(activeFrom)).map(Zsk::id).toList();
  }

  /**
   * The ZSKs with these ids.
   *
   * @throws ZoneFaultException when the row of one is gone
   */
  static List<Zsk> chosen(List<Zsk> zsks, List<Integer> ids) {
    return ids.stream()
        .map(
            id ->
                zsks.stream()
                    .filter(zsk -> zsk.id() == id)
                    .findFirst()
                    .orElseThrow(
                        () -> new ZoneFaultException("row " + id + " of keyward.zsk is gone")))
        .toList();
  }

  /** The DNSKEY set of a zone: the KSKs, and the ZSKs. */
  static List<DNSKEYRecord> keySet(Name zone, List<KskRows.Ksk> ksks, List<Zsk> zsks, long ttl) {
    List<DNSKEYRecord> keys = new ArrayList<>();
    ksks.forEach(ksk -> keys.add(ksk.dnskey(zone)));
    zsks.forEach(zsk -> keys.add(zsk.dnskey(zone)));
    return RrsetSigner.withTtl(keys, ttl).stream().map(DNSKEYRecord.class::cast).toList();
  }
}
