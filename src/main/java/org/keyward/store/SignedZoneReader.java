package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.ChildKeys;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.ValidityWindow;
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

/** Reads what a signed zone is served with. */
public final class SignedZoneReader implements SigningReader {
  private final KeyRows keyRows;
  private final SealedContent sealed;
  private final TokenPins pins;
  private final Clock clock;

  /** For those who do not give keys to PowerDNS. */
  public SignedZoneReader(Seal seal) {
    this(seal, TokenPins.NONE);
  }

  /**
   * @param seal opens the ZSKs
   * @param pins without that of its token a zone is not given to PowerDNS
   */
  public SignedZoneReader(Seal seal, TokenPins pins) {
    this(seal, pins, Clock.systemUTC());
  }

  SignedZoneReader(Seal seal, TokenPins pins, Clock clock) {
    this.keyRows = new KeyRows(seal);
    this.sealed = new SealedContent(Optional.of(seal));
    this.pins = pins;
    this.clock = clock;
  }

  @Override
  public Map<Integer, Supplier<ZoneSigning>> read(Handle handle, Map<Integer, Name> origins) {
    List<Assigned> assigned =
        handle
            .createQuery(
                """
                SELECT a.*, extract(epoch FROM a.mode_half)::BIGINT AS mode_half_seconds, k.token_serial, k.token_name, k.label, k.cka_id, k.algorithm, k.public_key
                FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                WHERE a.domain_id = ANY(:zones) AND a.state IN ('signed', 'leaving')
                """)
            .bindArray("zones", Integer.class, origins.keySet().toArray())
            .map((rs, context) -> assigned(rs, origins))
            .map(one -> isHeld(handle, one) ? one.hold() : one)
            .list();
    if (assigned.isEmpty()) {
      return Map.of();
    }
    Object[] ids = assigned.stream().map(Assigned::id).toArray();
    Map<Integer, List<KeyRows.Zsk>> zsks = KeyRows.zsks(handle, ids);
    Map<Integer, List<SetRow>> sets = sets(handle.createQuery(KEY_SETS), ids);
    Map<Integer, List<SetRow>> childSets =
        sets(handle.createQuery(CHILD_SETS).bind("now", clock.instant().getEpochSecond()), ids);
    Map<Integer, Supplier<ZoneSigning>> signing = new HashMap<>();
    for (Assigned one : assigned) {
      List<KeyRows.Zsk> own = zsks.getOrDefault(one.id(), List.of());
      List<SetRow> ahead = sets.getOrDefault(one.id(), List.of());
      List<SetRow> child = childSets.getOrDefault(one.id(), List.of());
      signing.putIfAbsent(one.zoneId(), () -> signing(one, own, ahead, child));
    }
    return signing;
  }

  private record Assigned(
      int id,
      int zoneId,
      Name origin,
      DNSKEYRecord ksk,
      long ttl,
      ModeSchedule mode,
      SigningSchedule schedule,
      boolean adopted) {
    Assigned hold() {
      return new Assigned(id, zoneId, origin, ksk, ttl, mode.hold(), schedule, adopted);
    }
  }

  /** Whether PowerDNS could not use a key that it is to sign with. */
  private boolean isHeld(Handle handle, Assigned one) {
    return one.mode().mode() == SigningMode.POWERDNS
        && handle
            .createQuery("SELECT content FROM public.cryptokeys WHERE domain_id = ?")
            .bind(0, one.zoneId())
            .mapTo(String.class)
            .stream()
            .anyMatch(stored -> !pins.canUse(sealed.open(stored, one.origin())));
  }

  private static Assigned assigned(ResultSet row, Map<Integer, Name> origins) throws SQLException {
    int zoneId = row.getInt("domain_id");
    Name origin = origins.get(zoneId);
    return new Assigned(
        row.getInt("id"),
        zoneId,
        origin,
        SoftwareKeys.dnskey(
            origin,
            SoftwareKeys.KSK_FLAGS,
            Algorithm.ofNumber(row.getInt("algorithm")).orElseThrow(),
            row.getBytes("public_key")),
        row.getLong("dnskey_ttl"),
        ModeTable.schedule(row),
        AssignmentTable.schedule(row),
        row.getTimestamp("adopt_after") != null);
  }

  private ZoneSigning signing(
      Assigned one, List<KeyRows.Zsk> zsks, List<SetRow> sets, List<SetRow> childSets) {
    Instant now = clock.instant();
    ModeSchedule mode = one.mode();
    boolean ahead = mode.showsSignatures(now) || mode.mode() != SigningMode.SPLIT;
    // The keys of a zone that comes from PowerDNS, or goes there, are in cryptokeys.
    boolean stored = one.adopted() || mode.mode() == SigningMode.POWERDNS;
    boolean live = !stored && (mode.showsKeys(now) || mode.mode() == SigningMode.SPLIT);
    List<DNSKEYRecord> keys = KeyRows.keySet(one.origin(), one.ksk(), zsks, one.ttl());
    return new ZoneSigning(
        mode,
        one.schedule(),
        one.ttl(),
        sets.stream().map(set -> keySet(set, one, keys)).toList(),
        childSets.stream().map(set -> childSet(set, one)).toList(),
        ahead ? keyRows.softwareKeys(one.origin(), zsks) : List.of(),
        live ? keyRows.liveKeys(one.origin(), zsks) : List.of());
  }

  /** A set that the KSK has signed; the content is that of a CDS or CDNSKEY set. */
  private record SetRow(
      int assignmentId,
      int type,
      String content,
      ValidityWindow window,
      long ttl,
      Instant inception,
      Instant expiration,
      byte[] signature) {}

  private static final String KEY_SETS =
      """
      SELECT s.*, 48 AS type, '' AS content FROM keyward.signed_set s
      WHERE assignment_id = ANY(:ids) ORDER BY active_from, signed_at
      """;

  /**
   * Those that are wanted; while no signature of theirs is valid yet, those that were wanted
   * before.
   */
  private static final String CHILD_SETS =
      """
      SELECT s.* FROM keyward.assignment a,
        LATERAL (VALUES (59, a.cds), (60, a.cdnskey)) w (type, content),
        LATERAL (SELECT l.content FROM keyward.signed_child l
          WHERE l.assignment_id = a.id AND l.type = w.type
            AND l.inception <= :now AND l.expiration > :now
          ORDER BY l.content = w.content DESC, l.signed_at DESC LIMIT 1) shown,
        keyward.signed_child s
      WHERE a.id = ANY(:ids) AND a.mode <> 'split' AND w.content IS NOT NULL
        AND s.assignment_id = a.id AND s.type = w.type AND s.content = shown.content
      ORDER BY s.type, s.active_from
      """;

  private static Map<Integer, List<SetRow>> sets(Query query, Object[] assignmentIds) {
    return query
        .bindArray("ids", Integer.class, assignmentIds)
        .map((rs, context) -> setRow(rs))
        .stream()
        .collect(Collectors.groupingBy(SetRow::assignmentId));
  }

  private static SetRow setRow(ResultSet row) throws SQLException {
    return new SetRow(
        row.getInt("assignment_id"),
        row.getInt("type"),
        row.getString("content"),
        SigningWorkTable.window(row),
        row.getLong("ttl"),
        Instant.ofEpochSecond(row.getLong("inception")),
        Instant.ofEpochSecond(row.getLong("expiration")),
        row.getBytes("signature"));
  }

  private static SignedKeySet keySet(SetRow set, Assigned one, List<DNSKEYRecord> keys) {
    return new SignedKeySet(
        set.window(),
        RrsetSigner.withTtl(keys, set.ttl()).stream().map(DNSKEYRecord.class::cast).toList(),
        List.of(signature(set, one)));
  }

  private static SignedChildSet childSet(SetRow set, Assigned one) {
    return new SignedChildSet(
        set.window(),
        ChildKeys.set(one.ksk(), set.type(), set.content(), set.ttl()),
        signature(set, one));
  }

  private static RRSIGRecord signature(SetRow set, Assigned one) {
    return new RRSIGRecord(
        one.origin(),
        DClass.IN,
        set.ttl(),
        set.type(),
        one.ksk().getAlgorithm(),
        set.ttl(),
        set.expiration(),
        set.inception(),
        one.ksk().getFootprint(),
        one.origin(),
        set.signature());
  }
}
