package org.keyward.remote;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.keyward.zone.Answer;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.KeyContent;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.RecordRow;
import org.keyward.zone.TsigKey;
import org.keyward.zone.Zone;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSource.FoundRecord;
import org.keyward.zone.Zones;
import org.xbill.DNS.Name;

/** A few zones with fixed content, answered from plain lists. */
final class FakeZones implements Zones {
  private final List<FakeZone> zones = new ArrayList<>();
  volatile RuntimeException failure;

  /** What the protocol files are about. */
  static FakeZones forProtocol() {
    FakeZones zones = new FakeZones();
    FakeZone example =
        zones.add(
            new ZoneHeader(
                7,
                name("example.com"),
                ZoneHeader.Kind.MASTER,
                List.of(),
                2026010101L,
                Optional.of(2026010100L),
                Optional.of(Instant.ofEpochSecond(1_767_225_600)),
                "ops"));
    example
        .row("example.com", "SOA", "ns1.example.com hostmaster.example.com 1 3600 600 604800 300")
        .row("example.com", "NS", "ns1.example.com")
        .row("example.com", "MX", "10 mail.example.com")
        .row("ns1.example.com", "A", "192.0.2.1")
        .row("mail.example.com", "A", "192.0.2.2")
        .row("mail.example.com", "AAAA", "2001:db8::2")
        .row(
            "mail.example.com",
            "RRSIG",
            "A 13 3 3600 20260201000000 20260101000000 1 example.com AA==")
        .row("*.wild.example.com", "TXT", "\"a \\\"quoted\\\" text\"")
        .row("space\\032name.example.com", "A", "192.0.2.3")
        .row("_sip._tcp.example.com", "SRV", "0 5 5060 mail.example.com")
        .row(new AnswerRow(name("_tcp.example.com"), "", "", 0, true))
        .row(new AnswerRow(name("wild.example.com"), "", "", 0, true))
        .row(new AnswerRow(name("sub.example.com"), "NS", "ns.sub.example.com", 3600, false))
        .row(new AnswerRow(name("ns.sub.example.com"), "A", "192.0.2.53", 3600, false));
    example.metadata.put("ALLOW-AXFR-FROM", List.of("127.0.0.1", "::1"));
    example.keys.add(
        new CryptoKey(3, 257, true, false, KeyContent.of("Private-key-format: v1.2\n")));
    FakeZone root =
        zones.add(
            new ZoneHeader(
                8,
                Name.root,
                ZoneHeader.Kind.NATIVE,
                List.of(),
                1,
                Optional.empty(),
                Optional.empty(),
                ""));
    root.row(".", "SOA", ". . 1 3600 600 604800 300").row("com", "NS", "ns.com");
    FakeZone hashed =
        zones.add(
            new ZoneHeader(
                9,
                name("hashed.example"),
                ZoneHeader.Kind.SLAVE,
                List.of("192.0.2.99", "2001:db8::99"),
                5,
                Optional.empty(),
                Optional.empty(),
                ""));
    hashed.row("hashed.example", "SOA", "ns.hashed.example h.hashed.example 5 1 1 1 1");
    hashed.metadata.put("NSEC3PARAM", List.of("1 0 0 -"));
    hashed.hashes.put("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", name("a.hashed.example"));
    hashed.hashes.put("b4um86eghhds6nea196smvmlo4ors995", name("b.hashed.example"));
    return zones;
  }

  static Name name(String text) {
    return Name.fromConstantString(text.endsWith(".") ? text : text + ".");
  }

  static ZoneHeader header(int id, String origin) {
    return new ZoneHeader(
        id,
        name(origin),
        ZoneHeader.Kind.NATIVE,
        List.of(),
        1,
        Optional.empty(),
        Optional.empty(),
        "");
  }

  FakeZone add(ZoneHeader header) {
    FakeZone zone = new FakeZone(header);
    zones.add(zone);
    return zone;
  }

  private List<FakeZone> zones() {
    if (failure != null) {
      throw failure;
    }
    return zones;
  }

  @Override
  public Optional<Zone> enclosing(Name name) {
    return zones().stream()
        .filter(zone -> name.subdomain(zone.header.origin()))
        .max((a, b) -> a.header.origin().labels() - b.header.origin().labels())
        .map(zone -> zone);
  }

  @Override
  public boolean isOrigin(Name name) {
    return byOrigin(name).isPresent();
  }

  @Override
  public Optional<Zone> byId(int zoneId) {
    return zones().stream().filter(z -> z.header.id() == zoneId).findFirst().map(zone -> zone);
  }

  @Override
  public Optional<Zone> byOrigin(Name origin) {
    return zones().stream()
        .filter(zone -> zone.header.origin().equals(origin))
        .findFirst()
        .map(zone -> zone);
  }

  @Override
  public Collection<ZoneHeader> headers() {
    return zones().stream().map(FakeZone::header).toList();
  }

  @Override
  public Collection<TsigKey> tsigKeys() {
    return List.of(new TsigKey(name("transfer.key"), "hmac-sha256", "c2VjcmV0"));
  }

  @Override
  public Collection<FoundRecord> search(String pattern, int limit) {
    return Stream.of(
            new RecordRow(1, name("example.com"), "MX", "mail.example.com", 3600, 10),
            new RecordRow(
                2, name("_sip._tcp.example.com"), "SRV", "0 5 5060 mail.example.com", 60, 0),
            new RecordRow(3, name("mail.example.com"), "A", "192.0.2.2", 3600, 0))
        .filter(row -> row.content().contains(pattern.replace("*", "")))
        .limit(limit)
        .map(row -> new FoundRecord(7, name("example.com"), row))
        .toList();
  }

  static final class FakeZone implements Zone {
    private final ZoneHeader header;
    private final NavigableMap<Name, List<AnswerRow>> rows = new TreeMap<>();
    final Map<String, List<String>> metadata = new TreeMap<>();
    final List<CryptoKey> keys = new ArrayList<>();
    final NavigableMap<String, Name> hashes = new TreeMap<>();

    private FakeZone(ZoneHeader header) {
      this.header = header;
    }

    FakeZone row(String owner, String type, String content) {
      return row(new AnswerRow(name(owner), type, content, 3600, true));
    }

    FakeZone row(AnswerRow row) {
      rows.computeIfAbsent(row.owner(), name -> new ArrayList<>()).add(row);
      return this;
    }

    @Override
    public ZoneHeader header() {
      return header;
    }

    @Override
    public Optional<Answer> lookup(Name owner) {
      return Optional.ofNullable(rows.get(owner)).map(Answer::new);
    }

    @Override
    public Optional<Neighbours> nsecNeighbours(Name name) {
      NavigableMap<Name, List<AnswerRow>> chain = new TreeMap<>(rows);
      chain
          .values()
          .removeIf(
              all ->
                  all.stream()
                      .noneMatch(r -> r.type().equals("NS") || (r.auth() && !r.type().isEmpty())));
      Name before = chain.floorKey(name);
      Name after = chain.higherKey(name);
      return Optional.of(
          new Neighbours(
              before == null ? chain.lastKey() : before, after == null ? chain.firstKey() : after));
    }

    @Override
    public boolean isHash(String label) {
      return metadata.containsKey("NSEC3PARAM");
    }

    @Override
    public Optional<HashedNeighbours> nsec3Neighbours(String hash, Optional<Name> encloser) {
      String before = hashes.floorKey(hash) == null ? hashes.lastKey() : hashes.floorKey(hash);
      String after = hashes.higherKey(hash) == null ? hashes.firstKey() : hashes.higherKey(hash);
      return Optional.of(new HashedNeighbours(before, after, hashes.get(before)));
    }

    @Override
    public Stream<AnswerRow> list() {
      return rows.values().stream().flatMap(List::stream);
    }

    @Override
    public Map<String, List<String>> metadata() {
      return metadata;
    }

    @Override
    public List<CryptoKey> cryptokeys() {
      return keys;
    }

    @Override
    public List<RecordProblem> problems() {
      return List.of();
    }
  }
}
