package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.DatabaseSurvey.FoundKey;
import org.keyward.admin.DatabaseSurvey.SignedZone;
import org.keyward.content.KeyText;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindKeyReader;
import org.xbill.DNS.Name;

/**
 * Which zones of PowerDNS's own tables are signed, and with what; nothing of the keys comes out.
 */
final class SurveyedKeys {
  /** Computing a public key takes milliseconds. */
  private static final int TAGS = 2_000;

  private final Map<String, SignedZone> zones = new LinkedHashMap<>();
  private int tags;

  private SurveyedKeys() {}

  static List<SignedZone> signed(Handle handle) {
    SurveyedKeys found = new SurveyedKeys();
    handle
        .createQuery(
            """
            SELECT d.name, c.id, c.flags, coalesce(c.active, false) AS active,
              coalesce(c.published, true) AS published, c.content,
              EXISTS (SELECT FROM public.domainmetadata m WHERE m.domain_id = d.id
                AND m.kind = 'PRESIGNED' AND m.content = '1') AS presigned
            FROM public.domains d LEFT JOIN public.cryptokeys c
              ON c.domain_id = d.id AND c.content IS NOT NULL
            WHERE c.id IS NOT NULL OR EXISTS (SELECT FROM public.domainmetadata m
              WHERE m.domain_id = d.id AND m.kind = 'PRESIGNED' AND m.content = '1')
            ORDER BY d.name, c.id
            """)
        .setFetchSize(1_000)
        .map((row, context) -> found.add(row))
        .forEach(row -> {});
    return List.copyOf(found.zones.values());
  }

  private boolean add(ResultSet row) throws SQLException {
    String name = row.getString("name");
    boolean presigned = row.getBoolean("presigned");
    SignedZone zone =
        zones.computeIfAbsent(name, new_ -> new SignedZone(name, presigned, new ArrayList<>()));
    if (row.getString("content") != null) {
      zone.keys().add(key(row, StoredNames.parse(name)));
    }
    return true;
  }

  private FoundKey key(ResultSet row, Optional<Name> zone) throws SQLException {
    String content = row.getString("content");
    int flags = row.getInt("flags");
    return new FoundKey(
        row.getInt("id"),
        flags,
        EngineKey.field(content, "Algorithm")
            .flatMap(text -> Algorithm.parse(text.split(" ", 2)[0]))
            .map(Algorithm::mnemonic),
        zone.flatMap(name -> tag(name, flags, content)),
        row.getBoolean("active"),
        row.getBoolean("published"),
        place(content));
  }

  private Optional<Integer> tag(Name zone, int flags, String content) {
    if (EngineKey.is(content) || tags == TAGS) {
      return Optional.empty();
    }
    tags++;
    try {
      return Optional.of(BindKeyReader.read(zone, flags, content).dnskey().getFootprint());
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // an algorithm that PowerDNS alone signs with, or no key
    }
  }

  private static String place(String content) {
    return KeyText.fault(content)
        .map(fault -> "cannot be used: " + fault)
        .orElseGet(
            () ->
                EngineKey.is(content)
                    ? "on the token "
                        + EngineKey.field(content, "Slot").orElse("")
                        + " as "
                        + EngineKey.field(content, "Label").orElse("")
                        + (EngineKey.hasPin(content) ? ", with its PIN in the database" : "")
                    : "software");
  }
}
