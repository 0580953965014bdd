package org.keyward.store;

/**
 * Where zones are read from beside their records. Each query is about zones with ids from {@code
 * first} to {@code last}.
 *
 * @param metadata gives {@code domain_id}, {@code kind}, {@code content}
 * @param denial gives changes of NSEC3PARAM: {@code domain_id}, {@code nsec3param}, {@code since},
 *     {@code overlap}
 * @param keys gives columns as {@code keyward.powerdns_private_keys} has them
 */
record ZoneTables(String metadata, String denial, String keys) {
  private static final String METADATA =
      """
      SELECT domain_id, kind, content FROM public.domainmetadata
      WHERE domain_id BETWEEN :first AND :last AND kind IS NOT NULL AND content IS NOT NULL
      %s
      ORDER BY id
      """;

  /** A database with Keyward's schema. */
  static final ZoneTables OF_KEYWARD =
      new ZoneTables(
          METADATA.formatted(
              "AND NOT (kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY') AND keyward.is_held_back(id, content))"),
          """
          SELECT domain_id, nsec3param, greatest(since, '1970-01-01Z') AS since,
            extract(epoch FROM overlap)::BIGINT AS overlap
          FROM keyward.denial WHERE domain_id BETWEEN :first AND :last ORDER BY domain_id, id
          """,
          """
          SELECT * FROM keyward.powerdns_private_keys
          WHERE domain_id BETWEEN :first AND :last
            AND (content IS NOT NULL OR sealed IS NOT NULL) ORDER BY id
          """);

  /** A database with PowerDNS's tables alone. */
  static final ZoneTables OF_POWERDNS =
      new ZoneTables(
          METADATA.formatted(""),
          """
          SELECT NULL::INT AS domain_id, NULL::TEXT AS nsec3param, now() AS since, 0::BIGINT AS overlap
          WHERE :first > :last
          """,
          """
          SELECT domain_id, id, flags, coalesce(active, false) AS active,
            coalesce(published, true) AS published, content, false AS takes_pin, NULL::BYTEA AS sealed
          FROM public.cryptokeys
          WHERE domain_id BETWEEN :first AND :last AND content IS NOT NULL ORDER BY id
          """);
}
