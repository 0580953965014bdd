package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.keyward.zone.ServedSamples;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** Sets of signed zones, from PowerDNS's tables. Reads a bounded number of rows. Thread-safe. */
public final class PostgresSamples implements ServedSamples {
  private static final int ZONES = 5;

  /** Anywhere among all records, then the next that is signed. */
  private static final String ANYWHERE =
      """
      SELECT r.zone, r.name, r.type FROM (
        SELECT (m.first + random() * (m.last - m.first))::BIGINT AS id
        FROM (SELECT min(id) AS first, max(id) AS last FROM public.records) m,
          generate_series(1, :most)) p,
      LATERAL (SELECT d.name AS zone, n.name, n.type FROM (
          SELECT * FROM public.records WHERE id >= p.id ORDER BY id LIMIT 200) n
        JOIN keyward.assignment a ON a.domain_id = n.domain_id AND a.state IN ('signed', 'leaving')
        JOIN public.domains d ON d.id = n.domain_id
        WHERE NOT coalesce(n.disabled, false) AND n.type <> '' ORDER BY n.id LIMIT 1) r
      """;

  /** One of each type of a few zones. */
  private static final String EACH_TYPE =
      """
      SELECT z.zone, r.name, r.type FROM (
        SELECT a.domain_id, d.name AS zone FROM keyward.assignment a
        JOIN public.domains d ON d.id = a.domain_id
        WHERE a.state IN ('signed', 'leaving') ORDER BY random() LIMIT :zones) z,
      LATERAL (SELECT DISTINCT ON (n.type) n.name, n.type FROM (
          SELECT * FROM public.records WHERE domain_id = z.domain_id LIMIT 5000) n
        WHERE NOT coalesce(n.disabled, false) AND n.type <> '' ORDER BY n.type, random()) r
      """;

  private static final String CHANGED =
      """
      SELECT c.zone, r.name, r.type, r.type || ' ' || regexp_replace(regexp_replace(
          left(r.content, 1000), '[a-zA-Z]+', 'a', 'g'), '[0-9]+', '0', 'g') AS form
      FROM (SELECT DISTINCT h.domain_id, h.name, d.name AS zone FROM keyward.change h
        JOIN keyward.assignment a ON a.domain_id = h.domain_id AND a.state IN ('signed', 'leaving')
        JOIN public.domains d ON d.id = h.domain_id
        WHERE h.kind = 'name' AND h.made_at > :since LIMIT :most) c
      JOIN public.records r ON r.domain_id = c.domain_id AND r.name = c.name
      WHERE NOT coalesce(r.disabled, false) AND r.type <> '' LIMIT :most
      """;

  private final Database database;

  public PostgresSamples(Database database) {
    this.database = database;
  }

  @Override
  public List<Sample> random(int most) {
    return database.inSnapshot(
        handle -> {
          Set<Sample> chosen = new LinkedHashSet<>();
          handle
              .createQuery(ANYWHERE)
              .bind("most", most / 2)
              .map((row, context) -> sample(row))
              .stream()
              .flatMap(Optional::stream)
              .forEach(chosen::add);
          handle
              .createQuery(EACH_TYPE)
              .bind("zones", ZONES)
              .map((row, context) -> sample(row))
              .stream()
              .flatMap(Optional::stream)
              .forEach(chosen::add);
          return chosen.stream().limit(2L * most).toList();
        });
  }

  @Override
  public List<Changed> changed(Instant since, int most) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(CHANGED)
                .bind("since", since.atOffset(ZoneOffset.UTC))
                .bind("most", most)
                .map(
                    (row, context) -> {
                      String form = row.getString("form");
                      return sample(row).map(sample -> new Changed(sample, form)).orElse(null);
                    })
                .stream()
                .filter(Objects::nonNull)
                .toList());
  }

  /** Empty for what has no name or no type that can be asked for. */
  private static Optional<Sample> sample(ResultSet row) throws SQLException {
    String type = row.getString("type");
    int number = Type.value(type);
    Optional<Name> zone = StoredNames.parse(row.getString("zone"));
    Optional<Name> name = StoredNames.parse(row.getString("name"));
    return number <= 0 || zone.isEmpty() || name.isEmpty() || !name.get().subdomain(zone.get())
        ? Optional.empty()
        : Optional.of(new Sample(zone.get(), name.get(), number));
  }

  @Override
  public List<DNSKEYRecord> keys(Name zone) {
    return database.inSnapshot(handle -> keys(handle, zone));
  }

  private static List<DNSKEYRecord> keys(Handle handle, Name zone) {
    return handle
        .createQuery(
            """
            SELECT k.* FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.zone = ANY(:names) AND a.state IN ('signed', 'leaving')
            """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .map((row, context) -> KeyRows.ksk(zone, FindingFacts.key(row)))
        .list();
  }
}
