package org.keyward.store;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.ChildKeys;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.signing.Seal;
import org.keyward.zone.ModeSchedule;
import org.keyward.zone.NeededKey;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.SignedChildSet;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.SigningMode;
import org.keyward.zone.ZoneFaultException;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Type;

/** Reads what a signed zone is served with. */
public final class SignedZoneReader implements SigningReader {
  private final KeyRows keyRows;
  private final SealedContent sealed;
  private final TokenPins pins;
  private final Clock clock;

  /** For those who do not give keys to PowerDNS. */
  public SignedZoneReader(Seal seal, Clock clock) {
    this(seal, TokenPins.NONE, clock);
  }

  /**
   * @param seal opens the ZSKs
   * @param pins without that of its token a zone is not given to PowerDNS
   * @param clock by which zones are served
   */
  public SignedZoneReader(Seal seal, TokenPins pins, Clock clock) {
    this.keyRows = new KeyRows(seal);
    this.sealed = new SealedContent(Optional.of(seal));
    this.pins = pins;
    this.clock = clock;
  }

  @Override
  public Map<Integer, Supplier<ZoneSigning>> read(Handle handle, Map<Integer, Name> origins) {
    Map<Integer, Supplier<ZoneSigning>> signing = new HashMap<>();
    List<Assigned> assigned =
        handle
            .createQuery(
                """
                SELECT a.*, extract(epoch FROM a.mode_half)::BIGINT AS mode_half_seconds, k.token_serial, k.token_name, k.label, k.cka_id, k.algorithm, k.public_key
                FROM keyward.assignment a LEFT JOIN keyward.key k ON k.id = a.key_id
                WHERE a.domain_id = ANY(:zones) AND a.state IN ('signed', 'leaving')
                """)
            .bindArray("zones", Integer.class, origins.keySet().toArray())
            .map((rs, context) -> assigned(rs, origins, signing))
            .filter(Objects::nonNull)
            .map(one -> held(handle, one, signing))
            .list();
    if (assigned.isEmpty()) {
      return signing;
    }
    Object[] ids = assigned.stream().map(Assigned::id).toArray();
    Map<Integer, List<KeyRows.Zsk>> zsks = KeyRows.zsks(handle, ids);
    Map<Integer, List<KskRows.Ksk>> ksks = KskRows.of(handle, ids);
    Map<Integer, List<SetRow>> sets = sets(handle.createQuery(KEY_SETS), ids);
    Map<Integer, List<SetRow>> childSets =
        sets(handle.createQuery(CHILD_SETS).bind("now", clock.instant().getEpochSecond()), ids);
    for (Assigned one : assigned) {
      Keys own =
          new Keys(ksks.getOrDefault(one.id(), List.of()), zsks.getOrDefault(one.id(), List.of()));
      List<SetRow> ahead = sets.getOrDefault(one.id(), List.of());
      List<SetRow> child = childSets.getOrDefault(one.id(), List.of());
      signing.putIfAbsent(one.zoneId(), () -> signing(one, own, ahead, child));
    }
    return signing;
  }

  /** The keys that a zone has, is to have and had. */
  private record Keys(List<KskRows.Ksk> ksks, List<KeyRows.Zsk> zsks) {}

  private record Assigned(
      int id,
      int zoneId,
      Name origin,
      long ttl,
      ModeSchedule mode,
      SigningSchedule schedule,
      boolean adopted) {
    Assigned hold() {
      return new Assigned(id, zoneId, origin, ttl, mode.hold(), schedule, adopted);
    }
  }

  /** A zone whose row cannot be used is given as one that fails when it is opened. */
  private static Assigned assigned(
      ResultSet row, Map<Integer, Name> origins, Map<Integer, Supplier<ZoneSigning>> failing)
      throws SQLException {
    try {
      return assigned(row, origins);
    } catch (RuntimeException e) {
      failing.put(row.getInt("domain_id"), failing(e));
      return null;
    }
  }

  private static Supplier<ZoneSigning> failing(RuntimeException failure) {
    String reason =
        failure instanceof ZoneFaultException
            ? failure.getMessage()
            : "its row in keyward.assignment, or that of its key in keyward.key, is damaged: "
                + failure;
    return () -> {
      throw new ZoneFaultException(reason);
    };
  }

  private Assigned held(Handle handle, Assigned one, Map<Integer, Supplier<ZoneSigning>> failing) {
    try {
      return isHeld(handle, one) ? one.hold() : one;
    } catch (ZoneFaultException e) {
      failing.put(one.zoneId(), failing(e));
      return one;
    }
  }

  /** Whether PowerDNS could not use a key that it is to sign with. */
  private boolean isHeld(Handle handle, Assigned one) {
    return one.mode().mode() == SigningMode.POWERDNS
        && handle
            .createQuery("SELECT * FROM keyward.powerdns_private_keys WHERE domain_id = ?")
            .bind(0, one.zoneId())
            .map(StoredKey::of)
            .stream()
            .filter(StoredKey::isKey)
            .anyMatch(key -> !pins.canUse(sealed.open(key, one.origin())));
  }

  private static Assigned assigned(ResultSet row, Map<Integer, Name> origins) throws SQLException {
    int zoneId = row.getInt("domain_id");
    Name origin = origins.get(zoneId);
    String signedAs = row.getString("zone");
    if (!StoredNames.parse(signedAs).equals(Optional.of(origin))) {
      throw new ZoneFaultException(
          "it is signed as '%s', and its row in domains is named '%s' now; name that '%s' again"
              .formatted(signedAs, StoredNames.of(origin), signedAs));
    }
    // The key is met now, and not when the zone is opened.
    if (Algorithm.ofNumber(row.getInt("algorithm")).isEmpty()) {
      throw new ZoneFaultException(
          "its row in keyward.key has the algorithm "
              + row.getInt("algorithm")
              + ", with which Keyward cannot sign");
    }
    return new Assigned(
        row.getInt("id"),
        zoneId,
        origin,
        row.getLong("dnskey_ttl"),
        ModeTable.schedule(row),
        AssignmentTable.schedule(row),
        row.getTimestamp("adopt_after") != null);
  }

  private ZoneSigning signing(Assigned one, Keys keys, List<SetRow> sets, List<SetRow> childSets) {
    List<KeyRows.Zsk> zsks = keys.zsks();
    Instant now = clock.instant();
    ModeSchedule mode = one.mode();
    boolean ahead = mode.showsSignatures(now) || mode.mode() != SigningMode.SPLIT;
    // The keys of a zone that comes from PowerDNS, or goes there, are PowerDNS's.
    boolean stored = one.adopted() || mode.mode() == SigningMode.POWERDNS;
    boolean live = !stored && (mode.showsKeys(now) || mode.mode() == SigningMode.SPLIT);
    if (zsks.isEmpty()) {
      throw new ZoneFaultException(
          "it has no zone signing key: its row in keyward.zsk is gone; restore it from a backup");
    }
    List<RecordProblem> unusable = new ArrayList<>();
    List<SignedKeySet> keySets = usable(sets, set -> keySet(set, one, keys), unusable);
    if (keySets.isEmpty()) {
      throw new ZoneFaultException(
          "no signature of its key signing key can be used: "
              + unusable.stream()
                  .findFirst()
                  .map(RecordProblem::reason)
                  .orElse("keyward.signed_set has none; restore its rows from a backup"));
    }
    return new ZoneSigning(
        mode,
        one.schedule(),
        one.ttl(),
        keySets,
        usable(childSets, set -> childSet(set, one, keys), unusable),
        unusable,
        ahead ? keyRows.signingKeys(one.origin(), zsks, now) : List.of(),
        needed(one.origin(), keys, now),
        live ? keyRows.liveKeys(one.origin(), zsks, now) : List.of());
  }

  /** A lone KSK is in every set, and signs it. */
  private static List<NeededKey> needed(Name zone, Keys keys, Instant now) {
    Stream<NeededKey> ksks =
        keys.ksks().stream()
            .filter(ksk -> keys.ksks().size() > 1)
            .map(ksk -> new NeededKey(ksk.dnskey(zone), ksk.unneededFrom()));
    Stream<NeededKey> zsks =
        keys.zsks().stream().map(zsk -> new NeededKey(zsk.dnskey(zone), zsk.unneededFrom()));
    return Stream.concat(ksks, zsks)
        .filter(key -> key.until().map(now::isBefore).orElse(true))
        .toList();
  }

  /** Of these rows those that make sense; what is wrong with the others is told. */
  private static <T> List<T> usable(
      List<SetRow> rows, Function<SetRow, T> read, List<RecordProblem> unusable) {
    List<T> usable = new ArrayList<>(rows.size());
    for (SetRow row : rows) {
      try {
        usable.add(read.apply(row));
      } catch (RuntimeException e) {
        unusable.add(
            new RecordProblem(
                "",
                "RRSIG",
                Type.string(row.type()),
                "the stored signature over the %s set that is for use from %d on is damaged: %s"
                    .formatted(Type.string(row.type()), row.activeFrom(), e.getMessage())));
      }
    }
    return usable;
  }

  /**
   * A set that KSKs have signed.
   *
   * @param zsks ids of the ZSKs in a DNSKEY set
   * @param ksks ids of the KSKs in a DNSKEY set, or of the one that a CDS or CDNSKEY set names
   * @param content of a CDS or CDNSKEY set
   * @param signatures each with the id of the KSK that made it
   */
  private record SetRow(
      int assignmentId,
      int type,
      List<Integer> zsks,
      List<Integer> ksks,
      String content,
      long activeFrom,
      long ttl,
      long inception,
      long expiration,
      Map<Integer, byte[]> signatures) {
    ValidityWindow window() {
      return new ValidityWindow(
          Instant.ofEpochSecond(activeFrom),
          Instant.ofEpochSecond(inception),
          Instant.ofEpochSecond(expiration));
    }
  }

  private static final String KEY_SETS =
      """
      SELECT assignment_id, active_from, inception, expiration, ttl, zsks, ksks, 48 AS type,
        '' AS content, array_agg(signer ORDER BY signer) AS signers,
        array_agg(signature ORDER BY signer) AS signatures
      FROM keyward.signed_set WHERE assignment_id = ANY(:ids)
      GROUP BY assignment_id, active_from, inception, expiration, ttl, zsks, ksks
      ORDER BY active_from, max(stored)
      """;

  /**
   * Those that are wanted; while no signature of theirs is valid yet, those that were wanted
   * before. CDS and CDNSKEY name the same key: both go to another at once, when both are signed by
   * a key whose DS the parent has.
   */
  private static final String CHILD_SETS =
      """
      SELECT a.id AS assignment_id, s.type, s.content, s.active_from, s.inception, s.expiration,
        s.ttl, NULL::int[] AS zsks, ARRAY[s.key_id] AS ksks,
        array_agg(s.signer ORDER BY s.signer) AS signers,
        array_agg(s.signature ORDER BY s.signer) AS signatures
      FROM keyward.assignment a
      CROSS JOIN LATERAL (VALUES (59, a.cds), (60, a.cdnskey)) w (type, content)
      CROSS JOIN LATERAL (SELECT l.content FROM keyward.signed_child l
        WHERE l.assignment_id = a.id AND l.type = w.type
          AND l.inception <= :now AND l.expiration > :now
        ORDER BY l.content = w.content DESC, l.signed_at DESC LIMIT 1) shown
      CROSS JOIN LATERAL (SELECT n.key_id FROM keyward.signed_child n
        WHERE n.assignment_id = a.id AND n.inception <= :now AND n.expiration > :now
        GROUP BY n.key_id
        ORDER BY NOT EXISTS (SELECT FROM (VALUES (59, a.cds), (60, a.cdnskey)) t (type, content)
          WHERE t.content IS NOT NULL AND NOT EXISTS (SELECT FROM keyward.signed_child c
            WHERE c.assignment_id = a.id AND c.type = t.type AND c.key_id = n.key_id
              AND c.inception <= :now AND c.expiration > :now AND c.signer = coalesce((
                SELECT r.old_key FROM keyward.roll r WHERE r.assignment_id = a.id
                  AND r.role = 'ksk' AND r.phase = 'submitted'), a.key_id))) DESC,
          n.key_id = a.key_id DESC, max(n.signed_at) DESC LIMIT 1) named
      JOIN keyward.signed_child s ON s.assignment_id = a.id AND s.type = w.type
        AND s.content = shown.content AND s.key_id = named.key_id
      JOIN keyward.ksk k ON k.assignment_id = a.id AND k.key_id = s.signer
        AND (k.signs_until IS NULL OR k.signs_until > :now)
      WHERE a.id = ANY(:ids) AND a.mode <> 'split' AND w.content IS NOT NULL
      GROUP BY a.id, s.type, s.content, s.key_id, s.active_from, s.inception, s.expiration, s.ttl
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
        ids(row.getArray("zsks")),
        ids(row.getArray("ksks")),
        row.getString("content"),
        row.getLong("active_from"),
        row.getLong("ttl"),
        row.getLong("inception"),
        row.getLong("expiration"),
        signatures(row));
  }

  private static Map<Integer, byte[]> signatures(ResultSet row) throws SQLException {
    List<Integer> signers = ids(row.getArray("signers"));
    byte[][] made = (byte[][]) row.getArray("signatures").getArray();
    Map<Integer, byte[]> signatures = new LinkedHashMap<>();
    for (int i = 0; i < made.length; i++) {
      signatures.put(signers.get(i), made[i]);
    }
    return signatures;
  }

  private static List<Integer> ids(Array ids) throws SQLException {
    return ids == null ? List.of() : Arrays.asList((Integer[]) ids.getArray());
  }

  /** The set that was signed, whatever keys the zone has now. */
  private static SignedKeySet keySet(SetRow set, Assigned one, Keys keys) {
    return new SignedKeySet(
        set.window(),
        KeyRows.keySet(
            one.origin(),
            KskRows.chosen(keys.ksks(), set.ksks()),
            KeyRows.chosen(keys.zsks(), set.zsks()),
            set.ttl()),
        signatures(set, one, keys));
  }

  private static SignedChildSet childSet(SetRow set, Assigned one, Keys keys) {
    DNSKEYRecord named = KskRows.chosen(keys.ksks(), set.ksks()).get(0).dnskey(one.origin());
    return new SignedChildSet(
        set.window(),
        ChildKeys.set(named, set.type(), set.content(), set.ttl()),
        signatures(set, one, keys));
  }

  private static List<RRSIGRecord> signatures(SetRow set, Assigned one, Keys keys) {
    return set.signatures().entrySet().stream()
        .map(
            made ->
                signature(
                    set,
                    one,
                    KskRows.chosen(keys.ksks(), made.getKey()).dnskey(one.origin()),
                    made.getValue()))
        .toList();
  }

  private static RRSIGRecord signature(
      SetRow set, Assigned one, DNSKEYRecord signer, byte[] signature) {
    return new RRSIGRecord(
        one.origin(),
        DClass.IN,
        set.ttl(),
        set.type(),
        signer.getAlgorithm(),
        set.ttl(),
        set.window().expiration(),
        set.window().inception(),
        signer.getFootprint(),
        one.origin(),
        signature);
  }
}
