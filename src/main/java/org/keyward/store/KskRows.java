package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.Span;
import org.keyward.keyset.ZoneKey;
import org.keyward.signing.TokenKey;
import org.keyward.zone.ZoneFaultException;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** The KSKs of zones over time: {@code keyward.ksk}. Their private parts are on tokens. */
final class KskRows {
  private KskRows() {}

  /**
   * A KSK of a zone.
   *
   * @param id of its row in {@code keyward.key}
   * @param published the windows, by their begin, whose DNSKEY set has it
   * @param signs the windows, by their begin, whose DNSKEY set it signs
   * @param unneededFrom from when on a DNSKEY set without it is safe to serve
   */
  record Ksk(
      int id,
      int assignmentId,
      String token,
      String serial,
      String label,
      String ckaId,
      int algorithmNumber,
      byte[] publicKey,
      Span published,
      Span signs,
      Optional<Instant> unneededFrom) {
    /**
     * @throws ZoneFaultException when there is none with this number
     */
    Algorithm algorithm() {
      return Algorithm.ofNumber(algorithmNumber)
          .orElseThrow(
              () ->
                  new ZoneFaultException(
                      "its key's row in keyward.key has the algorithm "
                          + algorithmNumber
                          + ", with which Keyward cannot sign"));
    }

    DNSKEYRecord dnskey(Name zone) {
      return SoftwareKeys.dnskey(zone, SoftwareKeys.KSK_FLAGS, algorithm(), publicKey);
    }

    TokenKey key() {
      return new TokenKey(token, serial, label, ckaId, algorithm(), publicKey);
    }

    /** As those know it who decide what it does when: its id is a negative one there. */
    ZoneKey zoneKey(Name zone) {
      return new ZoneKey(
          -id,
          KeyRole.KSK,
          algorithmNumber,
          dnskey(zone).getFootprint(),
          published,
          signs,
          unneededFrom);
    }
  }

  /** The KSKs of these assignments, by assignment. */
  static Map<Integer, List<Ksk>> of(Handle handle, Object... assignmentIds) {
    return handle
        .createQuery(
            """
            SELECT z.*, k.token_name, k.token_serial, k.label, k.cka_id, k.algorithm, k.public_key
            FROM keyward.ksk z JOIN keyward.key k ON k.id = z.key_id
            WHERE z.assignment_id = ANY(:ids) ORDER BY z.key_id
            """)
        .bindArray("ids", Integer.class, assignmentIds)
        .map((row, context) -> ksk(row))
        .stream()
        .collect(Collectors.groupingBy(Ksk::assignmentId));
  }

  private static Ksk ksk(ResultSet row) throws SQLException {
    return new Ksk(
        row.getInt("key_id"),
        row.getInt("assignment_id"),
        row.getString("token_name"),
        row.getString("token_serial"),
        row.getString("label"),
        row.getString("cka_id"),
        row.getInt("algorithm"),
        row.getBytes("public_key"),
        KeyRows.span(row, "published_from", "published_until"),
        KeyRows.span(row, "signs_from", "signs_until"),
        Optional.ofNullable(row.getObject("unneeded_from", Long.class)).map(KeyRows::instant));
  }

  /** A KSK that is in no set yet and signs nothing; nothing when the zone knows it already. */
  static void addUnused(Handle handle, int assignmentId, int keyId) {
    handle.execute(
        """
        INSERT INTO keyward.ksk (assignment_id, key_id, unneeded_from) VALUES (?, ?, 0)
        ON CONFLICT DO NOTHING
        """,
        assignmentId,
        keyId);
  }

  /** A former KSK needs no look until the parent shows something new. */
  static void looked(Handle handle, int assignmentId) {
    handle.execute(
        "UPDATE keyward.ksk SET look_at = NULL WHERE assignment_id = ? AND look_at IS NOT NULL",
        assignmentId);
  }

  /** Ids of the KSKs in the DNSKEY set of the window that begins at {@code activeFrom}. */
  static List<Integer> published(List<Ksk> ksks, Instant activeFrom) {
    return ksks.stream().filter(ksk -> ksk.published().covers(activeFrom)).map(Ksk::id).toList();
  }

  /**
   * The KSKs with these ids.
   *
   * @throws ZoneFaultException when the row of one is gone
   */
  static List<Ksk> chosen(List<Ksk> ksks, List<Integer> ids) {
    return ids.stream().map(id -> chosen(ksks, id)).toList();
  }

  /**
   * The KSK with this id.
   *
   * @throws ZoneFaultException when its row is gone
   */
  static Ksk chosen(List<Ksk> ksks, int id) {
    return ksks.stream()
        .filter(ksk -> ksk.id() == id)
        .findFirst()
        .orElseThrow(
            () -> new ZoneFaultException("the row of key " + id + " in keyward.ksk is gone"));
  }
}
