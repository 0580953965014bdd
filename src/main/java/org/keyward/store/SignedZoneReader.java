package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.ChildKeys;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.Seal;
import org.keyward.zone.ModeSchedule;
import org.keyward.zone.SignedChildSet;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.SigningMode;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Type;

/** Reads what a signed zone is served with. */
public final class SignedZoneReader implements SigningReader {
  private final KeyRows keyRows;
  private final Clock clock;

  /**
   * @param seal opens the ZSKs
   */
  public SignedZoneReader(Seal seal) {
    this(seal, Clock.systemUTC());
  }

  SignedZoneReader(Seal seal, Clock clock) {
    this.keyRows = new KeyRows(seal);
    this.clock = clock;
  }

  @Override
  public Optional<ZoneSigning> read(Handle handle, int zoneId, Name origin) {
    return handle
        .createQuery(
            """
            SELECT a.*, extract(epoch FROM a.mode_half)::BIGINT AS mode_half_seconds, k.token_serial, k.token_name, k.label, k.cka_id, k.algorithm, k.public_key
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
              long ttl = rs.getLong("dnskey_ttl");
              List<DNSKEYRecord> keys = KeyRows.keySet(handle, id, origin, ksk, ttl);
              ModeSchedule mode = ModeTable.schedule(rs);
              Instant now = clock.instant();
              boolean ahead = mode.showsSignatures(now) || mode.mode() == SigningMode.PRESIGNED;
              boolean adopted =
                  rs.getTimestamp("adopt_after") != null; // its keys are in cryptokeys
              boolean live = !adopted && (mode.showsKeys(now) || mode.mode() == SigningMode.SPLIT);
              return new ZoneSigning(
                  mode,
                  AssignmentTable.schedule(rs),
                  ttl,
                  keySets(handle, id, origin, ksk, keys),
                  childSets(handle, id, origin, ksk),
                  ahead ? keyRows.zsks(handle, id, origin) : List.of(),
                  live ? keyRows.liveKeys(handle, id, origin) : List.of());
            })
        .findFirst();
  }

  private static List<SignedKeySet> keySets(
      Handle handle, int assignmentId, Name origin, DNSKEYRecord ksk, List<DNSKEYRecord> keys) {
    return handle
        .createQuery(
            "SELECT * FROM keyward.signed_set WHERE assignment_id = ? ORDER BY active_from,"
                + " signed_at")
        .bind(0, assignmentId)
        .map(
            (rs, context) ->
                new SignedKeySet(
                    SigningWorkTable.window(rs),
                    RrsetSigner.withTtl(keys, rs.getLong("ttl")).stream()
                        .map(DNSKEYRecord.class::cast)
                        .toList(),
                    List.of(signature(rs, origin, ksk, Type.DNSKEY))))
        .list();
  }

  /** Those that are wanted; while they are not signed yet, those that were wanted before. */
  private static List<SignedChildSet> childSets(
      Handle handle, int assignmentId, Name origin, DNSKEYRecord ksk) {
    return handle
        .createQuery(
            """
            SELECT s.* FROM keyward.assignment a,
              LATERAL (VALUES (59, a.cds), (60, a.cdnskey)) w (type, content),
              LATERAL (SELECT l.content FROM keyward.signed_child l
                WHERE l.assignment_id = a.id AND l.type = w.type
                  AND (l.content = w.content OR l.expiration > extract(epoch FROM now()))
                ORDER BY l.content = w.content DESC, l.signed_at DESC LIMIT 1) shown,
              keyward.signed_child s
            WHERE a.id = ? AND a.mode = 'presigned' AND w.content IS NOT NULL
              AND s.assignment_id = a.id AND s.type = w.type AND s.content = shown.content
            ORDER BY s.type, s.active_from
            """)
        .bind(0, assignmentId)
        .map(
            (rs, context) ->
                new SignedChildSet(
                    SigningWorkTable.window(rs),
                    ChildKeys.set(
                        ksk, rs.getInt("type"), rs.getString("content"), rs.getLong("ttl")),
                    signature(rs, origin, ksk, rs.getInt("type"))))
        .list();
  }

  private static RRSIGRecord signature(ResultSet row, Name origin, DNSKEYRecord ksk, int type)
      throws SQLException {
    return new RRSIGRecord(
        origin,
        DClass.IN,
        row.getLong("ttl"),
        type,
        ksk.getAlgorithm(),
        row.getLong("ttl"),
        Instant.ofEpochSecond(row.getLong("expiration")),
        Instant.ofEpochSecond(row.getLong("inception")),
        ksk.getFootprint(),
        origin,
        row.getBytes("signature"));
  }
}
