package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.CacheSettings;
import org.keyward.config.Secret;
import org.keyward.copy.CopiedZones;
import org.keyward.copy.CopyKeeper;
import org.keyward.copy.CopyRefusedException;
import org.keyward.copy.PinFiller;
import org.keyward.copy.PinNotes;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.signing.Seal;
import org.keyward.store.PostgresZones;
import org.keyward.store.SignedZoneReader;
import org.keyward.store.TestDatabase;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneFaultException;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSigning;
import org.keyward.zone.ZoneSigningKey;
import org.keyward.zone.ZoneSource;
import org.keyward.zone.ZoneStorageException;

/** The copy of the zones is what was read, or it is refused. */
@Tag("once")
class CopyTest {
  private static final Seal SEAL = new Seal(Secret.of(new byte[32]));
  private static final Duration MAX_AGE = Duration.ofDays(35);
  private static final String KEY =
      "Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey:"
          + " GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n";

  @TempDir Path dir;
  private final Clock clock = Clock.systemUTC();
  private AdminServer server;
  private PostgresZones stored;

  @BeforeEach
  void makeZones() throws Exception {
    server = new AdminServer(Files.createDirectory(dir.resolve("server")), false);
    stored =
        new PostgresZones(server.database, new SignedZoneReader(SEAL, clock), Optional.of(SEAL));
    server.signedZone("signed.example");
    sql(
        """
        INSERT INTO domains (name, type, master, account) VALUES
          ('plain.example', 'SLAVE', '192.0.2.1,2001:db8::1', 'a'), ('keys.example', 'MASTER', NULL, '')
        """);
    sql(
        """
        INSERT INTO records (domain_id, name, type, content, ttl, prio)
        SELECT d.id, r.* FROM domains d, (VALUES
          ('plain.example', 'SOA', 'ns.x hm.x 4711 1 2 3 4', 60, 0), ('plain.example', 'MX', 'mail.x', 60, 10),
          ('a.plain.example', 'TXT', '"ü \\128"', 60, NULL),
          ('a.plain.example', 'RRSIG', 'TXT 13 3 60 20300101000000 20200101000000 1 plain.example. AAAA', 60, NULL),
          ('a.plain.example', 'RRSIG', 'A 13 3 60 20210101000000 20200101000000 1 plain.example. AAAA', 60, NULL)
          ) r WHERE d.name = 'plain.example'
        """);
    sql(
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'PRESIGNED', '1' FROM domains WHERE name = 'plain.example'");
    TestDatabase.jdbi(server.database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO cryptokeys (domain_id, flags, active, published, content) SELECT id, 257, true, true, ? FROM domains WHERE name = 'keys.example'",
                    KEY));
    sql(
        "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('t.example', 'hmac-sha256', 'c2VjcmV0')");
  }

  @AfterEach
  void close() {
    server.close();
  }

  private void sql(String statement) {
    TestDatabase.jdbi(server.database).useHandle(h -> h.execute(statement));
  }

  private CacheSettings settings(long maxBytes) {
    return new CacheSettings(dir.resolve("copy"), Duration.ofMillis(1), MAX_AGE, maxBytes);
  }

  private Path file() {
    return CopyKeeper.file(settings(1));
  }

  /** What the server says of the copy that it has written. */
  private Optional<String> write(long maxBytes) throws Exception {
    try (CopyKeeper keeper =
        new CopyKeeper(
            settings(maxBytes),
            stored,
            SEAL,
            () -> new PinNotes(Map.of("label", "office"), Set.of("refused")),
            clock)) {
      keeper.start(() -> OptionalLong.of(1));
      while (keeper.made().isEmpty() && keeper.trouble().isEmpty()) {
        Thread.sleep(20);
      }
      return keeper.trouble();
    }
  }

  private CopiedZones open(Seal seal, Clock at) {
    return CopiedZones.open(file(), seal, MAX_AGE, at, PinFiller.NONE);
  }

  private static Clock after(Duration time) {
    return Clock.fixed(Instant.now().plus(time), ZoneOffset.UTC);
  }

  private static List<ZoneData> all(ZoneSource source) {
    List<ZoneData> all = new ArrayList<>();
    List<ZoneHeader> known = new ArrayList<>();
    source.readAll(
        new ZoneSource.Reader() {
          @Override
          public void begins(long zones) {
            assertThat(zones).isEqualTo(3);
          }

          @Override
          public boolean wantsRecords() {
            return false;
          }

          @Override
          public void zone(ZoneHeader header, int records, Supplier<ZoneData> data) {
            known.add(header);
          }

          @Override
          public void header(ZoneHeader header) {
            known.add(header);
          }
        });
    known.forEach(header -> all.add(source.load(header.id()).orElseThrow()));
    return all;
  }

  @Test
  void theCopyIsWhatWasRead() throws Exception {
    assertThat(write(1_000_000)).isEmpty();
    try (CopiedZones copy = open(SEAL, clock)) {
      List<ZoneData> copied = all(copy);
      List<ZoneData> read = all(stored);
      assertThat(copied).hasSize(3);
      for (int i = 0; i < 3; i++) {
        assertThat(copy.headers(Set.of(read.get(i).header().id())))
            .isEqualTo(stored.headers(Set.of(read.get(i).header().id())));
        assertThat(copied.get(i).metadata()).isEqualTo(read.get(i).metadata());
        assertThat(copied.get(i).denialChanges()).isEqualTo(read.get(i).denialChanges());
        assertThat(keys(copied.get(i).cryptokeys())).isEqualTo(keys(read.get(i).cryptokeys()));
        assertThat(copied.get(i).signing().map(CopyTest::shown))
            .isEqualTo(read.get(i).signing().map(CopyTest::shown));
        assertThat(copied.get(i).records())
            .isEqualTo(
                read.get(i).records().stream()
                    .filter(row -> !row.content().contains("20210101000000"))
                    .toList());
      }
      assertThat(copy.tsigKeys()).isEqualTo(stored.tsigKeys());
      assertThat(copy.pins().tokenByLabel()).containsExactly(Map.entry("label", "office"));
      assertThat(copy.pins().withheld()).containsExactly("refused");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    String text = Files.readString(file(), StandardCharsets.ISO_8859_1);
    assertThat(text).doesNotContain("example").doesNotContain("GU6SnQ").doesNotContain("c2VjcmV0");
    try (var there = Files.list(file().getParent())) {
      assertThat(there).containsExactly(file());
    }
  }

  private static List<String> keys(List<CryptoKey> keys) {
    return keys.stream().map(key -> key + key.content().reveal()).toList();
  }

  private static String shown(ZoneSigning signing) {
    return signing.mode()
        + " "
        + signing.schedule()
        + " "
        + signing.keySets()
        + " "
        + signing.childSets()
        + " "
        + signing.dnskeyTtl()
        + " "
        + signing.zoneSigningKeys().stream().map(CopyTest::shown).toList();
  }

  private static String shown(ZoneSigningKey signing) {
    SoftwareKey key = signing.key();
    return key.dnskey() + Arrays.toString(key.privateKey().getEncoded()) + signing.signs();
  }

  @Test
  void whatIsNotWhatWasWrittenIsRefused() throws Exception {
    write(1_000_000);
    byte[] good = Files.readAllBytes(file());
    Random random = new Random(14);
    for (int i = 0; i < 300; i++) {
      byte[] changed = good.clone();
      int at = i < 100 ? i : random.nextInt(good.length);
      changed[at] ^= (byte) (1 << random.nextInt(8));
      refused(changed, "damaged|no copy of zones|cut off|this seal key");
      refused(Arrays.copyOf(good, i < 100 ? i : random.nextInt(good.length)), "cut off");
    }
    byte[] longer = Arrays.copyOf(good, good.length + 1);
    refused(longer, "something follows");
    Files.write(file(), good);
    open(SEAL, clock).close();
    assertThatThrownBy(() -> open(new Seal(Secret.of("x".repeat(32))), clock))
        .isInstanceOf(CopyRefusedException.class)
        .hasMessageContaining("not written with this seal key");
    assertThatThrownBy(() -> open(SEAL, after(MAX_AGE.plusHours(1))))
        .hasMessageContaining("too old");
    assertThatThrownBy(() -> open(SEAL, after(Duration.ofHours(-1))))
        .hasMessageContaining("is behind");
    Files.delete(file());
    assertThatThrownBy(() -> open(SEAL, clock)).hasMessageContaining("there is none");
  }

  private void refused(byte[] content, String reason) throws Exception {
    Files.write(file(), content);
    assertThatThrownBy(() -> open(SEAL, clock))
        .isInstanceOf(CopyRefusedException.class)
        .satisfies(e -> assertThat(e.getMessage()).containsPattern(reason));
  }

  @Test
  void aZoneWhoseSignaturesHaveExpiredIsNotServed() throws Exception {
    write(1_000_000);
    Clock late = after(Duration.ofDays(60));
    try (CopiedZones copy =
        CopiedZones.open(file(), SEAL, Duration.ofDays(100), late, PinFiller.NONE)) {
      assertThatThrownBy(() -> all(copy))
          .isInstanceOf(ZoneFaultException.class)
          .hasMessageContaining("have expired");
    }
  }

  @Test
  void aCopyThatWouldBeTooLongHasZonesByNameAlone() throws Exception {
    assertThat(write(1).orElseThrow()).contains("3 zones are not in", "cache.max-megabytes");
    try (CopiedZones copy = open(SEAL, clock)) {
      assertThatThrownBy(() -> all(copy))
          .isInstanceOf(ZoneStorageException.class)
          .hasMessageContaining("by name alone");
      assertThat(copy.headers()).isEqualTo(stored.headers());
    }
  }

  @Test
  void whatCannotBeWrittenLeavesTheCopyBefore() throws Exception {
    write(1_000_000);
    byte[] before = Files.readAllBytes(file());
    sql("DROP TABLE tsigkeys CASCADE");
    assertThat(write(1_000_000).orElseThrow()).contains("cannot be written");
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
  }
}
