package org.keyward.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.Seal;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Type;

/** Reads what a signed zone is served with. */
public final class SignedZoneReader implements SigningReader {
  private final KeyRows keyRows;

  /**
   * @param seal opens the ZSKs
   */
  public SignedZoneReader(Seal seal) {
    this.keyRows = new KeyRows(seal);
  }

  @Override
  public Optional<ZoneSigning> read(Handle handle, int zoneId, Name origin) {
    return handle
        .createQuery(
            """
            SELECT a.*, k.token_serial, k.token_name, k.label, k.cka_id, k.algorithm, k.public_key
            FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.domain_id = ? AND a.state IN ('signed', 'leaving')
            """)
        .bind(0, zoneId)
        .map(
            (rs, context) -> {
              int id = rs.getInt("id");
              DNSKEYRecord ksk =
                  SoftwareKeys.dnskey(
                      origin,
                      SoftwareKeys.KSK_FLAGS,
                      Algorithm.ofNumber(rs.getInt("algorithm")).orElseThrow(),
                      rs.getBytes("public_key"));
              List<DNSKEYRecord> keys =
                  KeyRows.keySet(handle, id, origin, ksk, rs.getLong("dnskey_ttl"));
              return new ZoneSigning(
                  AssignmentTable.schedule(rs),
                  keySets(handle, id, origin, ksk, keys),
                  keyRows.zsks(handle, id, origin));
            })
        .findFirst();
  }

  private static List<SignedKeySet> keySets(
      Handle handle, int assignmentId, Name origin, DNSKEYRecord ksk, List<DNSKEYRecord> keys) {
    long ttl = keys.get(0).getTTL();
    return handle
        .createQuery(
            "SELECT * FROM keyward.signed_set WHERE assignment_id = ? ORDER BY active_from")
        .bind(0, assignmentId)
        .map(
            (rs, context) ->
                new SignedKeySet(
                    SigningWorkTable.window(rs),
                    keys,
                    List.of(
                        new RRSIGRecord(
                            origin,
                            DClass.IN,
                            ttl,
                            Type.DNSKEY,
                            ksk.getAlgorithm(),
                            ttl,
                            Instant.ofEpochSecond(rs.getLong("expiration")),
                            Instant.ofEpochSecond(rs.getLong("inception")),
                            ksk.getFootprint(),
                            origin,
                            rs.getBytes("signature")))))
        .list();
  }
}
