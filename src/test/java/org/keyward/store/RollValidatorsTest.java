package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.config.RollSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.zone.AnswerRow;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What Keyward served in the course of a roll, judged by a validator of others: each DS, each
 * DNSKEY set and all other records, of any versions that a cache may have together, when such a
 * time begins, a second later, and a second before it ends.
 */
@Tag("once")
class RollValidatorsTest {
  private static final boolean THOROUGH = Boolean.getBoolean("keyward.test.thorough");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);

  @TempDir private Path dir;

  /**
   * In the normal run each algorithm, each pace and each role once.
   *
   * @return algorithm, pace, role
   */
  static Stream<Arguments> rolls() {
    return THOROUGH
        ? Stream.of(Algorithm.ECDSAP256SHA256, Algorithm.ED25519, Algorithm.RSASHA256)
            .flatMap(
                algorithm ->
                    Stream.of("start", "start-now")
                        .flatMap(
                            pace ->
                                Stream.of("zsk", "ksk")
                                    .map(role -> Arguments.of(algorithm, pace, role))))
        : Stream.of(
            Arguments.of(Algorithm.ECDSAP256SHA256, "start", "zsk"),
            Arguments.of(Algorithm.ED25519, "start", "ksk"),
            Arguments.of(Algorithm.RSASHA256, "start-now", "zsk"));
  }

  @ParameterizedTest
  @MethodSource("rolls")
  void noMixOfWhatWasServedIsBogus(Algorithm algorithm, String pace, String role) throws Exception {
    try (RollWorld world = new RollWorld(RollSettings.DEFAULT, algorithm, "ksk", "second")) {
      roll(world, pace, role);
      List<String> bogus = new ArrayList<>();
      int validated = 0;
      for (Mix mix : mixes(world.log)) {
        validated++;
        fault(mix).ifPresent(bogus::add);
      }
      assertThat(bogus.stream().limit(3)).as("of %d", validated).isEmpty();
      assertThat(validated).as("validations").isGreaterThan(25);
      System.out.println(algorithm + " " + pace + " " + role + ": " + validated + " validations");
    }
  }

  private static void roll(RollWorld world, String pace, String role) {
    Duration step = Duration.ofHours(44);
    world.log.begin();
    world.parentShows(86_400, "ksk");
    world.tick();
    assertThat(role.equals("ksk") ? world.startKsk(pace, "second") : world.command(pace))
        .startsWith("done: ");
    if (role.equals("ksk")) {
      world.until("ksk", "submitted");
      world.parentShows(3600, "second");
    }
    world.until(role, "");
    world.pass(step);
    world.log.end(world.time.now);
  }

  /** All records that a server and the parent gave, each version with its time. */
  static final class Log {
    private boolean on;
    private final List<Version> ds = new ArrayList<>();
    private final List<Version> keys = new ArrayList<>();
    private final List<Version> data = new ArrayList<>();

    record Version(List<Record> records, Instant from, Instant until) {
      /** When the last cache has forgotten it. */
      Instant gone() {
        long ttl = records.stream().mapToLong(Record::getTTL).max().orElse(0);
        return until.plusSeconds(ttl);
      }
    }

    void begin() {
      on = true;
    }

    void served(List<AnswerRow> rows, Instant now) {
      if (!on) {
        return;
      }
      List<Record> all = rows.stream().flatMap(row -> record(row).stream()).toList();
      note(keys, all.stream().filter(Log::isOfKeys).toList(), now);
      note(data, all.stream().filter(one -> !isOfKeys(one)).toList(), now);
    }

    void parent(List<DSRecord> shown, Instant now) {
      if (on) {
        note(ds, List.copyOf(shown), now);
      }
    }

    void end(Instant now) {
      List.of(ds, keys, data).forEach(list -> note(list, last(list), now));
    }

    private static List<Record> last(List<Version> versions) {
      return versions.get(versions.size() - 1).records();
    }

    private static void note(List<Version> versions, List<Record> records, Instant now) {
      if (!versions.isEmpty()) {
        Version last = versions.remove(versions.size() - 1);
        versions.add(new Version(last.records(), last.from(), now));
      }
      if (versions.isEmpty() || !Set.copyOf(last(versions)).equals(Set.copyOf(records))) {
        versions.add(new Version(records, now, now));
      }
    }

    private static boolean isOfKeys(Record record) {
      return record.getType() == Type.DNSKEY
          || (record instanceof RRSIGRecord signature && signature.getTypeCovered() == Type.DNSKEY);
    }

    private static Optional<Record> record(AnswerRow row) {
      if (row.type().isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            Record.fromString(
                row.owner(),
                Type.value(row.type()),
                DClass.IN,
                row.ttl(),
                row.content(),
                Name.root));
      } catch (IOException e) {
        throw new IllegalStateException(row.toString(), e);
      }
    }
  }

  private record Mix(Log.Version ds, Log.Version keys, Log.Version data, Instant at) {}

  private static Set<Mix> mixes(Log log) {
    Set<Mix> mixes = new LinkedHashSet<>();
    for (Log.Version ds : log.ds) {
      for (Log.Version keys : log.keys) {
        for (Log.Version data : log.data) {
          Instant from =
              Stream.of(ds.from(), keys.from(), data.from()).max(Instant::compareTo).orElseThrow();
          Instant gone =
              Stream.of(ds.gone(), keys.gone(), data.gone()).min(Instant::compareTo).orElseThrow();
          for (Instant at :
              new TreeSet<>(List.of(from, from.plusSeconds(1), gone.minusSeconds(1)))) {
            if (!at.isBefore(from) && at.isBefore(gone)) {
              mixes.add(new Mix(ds, keys, data, at));
            }
          }
        }
      }
    }
    return mixes;
  }

  /**
   * Of the signatures over the DNSKEY set those by a key that the DS names are kept: the program
   * has no way from a DS to a key, and checks each signature that it is given.
   */
  private Optional<String> fault(Mix mix) throws IOException, InterruptedException {
    Set<DNSKEYRecord> named =
        mix.keys().records().stream()
            .filter(DNSKEYRecord.class::isInstance)
            .map(DNSKEYRecord.class::cast)
            .filter(key -> mix.ds().records().stream().anyMatch(ds -> isOf((DSRecord) ds, key)))
            .collect(Collectors.toSet());
    Set<Integer> tags = named.stream().map(DNSKEYRecord::getFootprint).collect(Collectors.toSet());
    List<Record> zone = new ArrayList<>(mix.data().records());
    mix.keys().records().stream()
        .filter(
            one ->
                !(one instanceof RRSIGRecord signature) || tags.contains(signature.getFootprint()))
        .forEach(zone::add);
    zone.addAll(denials(mix.data().records()));
    Path file = dir.resolve("zone");
    Files.write(file, zone.stream().map(Record::toString).toList());
    Process process =
        new ProcessBuilder("ldns-verify-zone", "-t", TIME.format(mix.at()), file.toString())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    boolean verified = process.waitFor() == 0 && said.contains("is verified and complete");
    return verified && !named.isEmpty()
        ? Optional.empty()
        : Optional.of(mix.at() + ", keys of the DS " + tags + ": " + said + zone);
  }

  /** The NSEC records, which PowerDNS makes: Keyward gives it their signatures. */
  private static List<Record> denials(List<Record> data) {
    TreeMap<Name, Set<Integer>> types = new TreeMap<>();
    Map<Name, Long> ttls = new HashMap<>();
    for (Record one : data) {
      Set<Integer> here = types.computeIfAbsent(one.getName(), name -> new TreeSet<>());
      here.add(one.getType());
      if (one instanceof RRSIGRecord signature && signature.getTypeCovered() == Type.NSEC) {
        here.add(Type.NSEC);
        ttls.put(one.getName(), signature.getOrigTTL());
      }
      if (one.getType() == Type.SOA) {
        here.add(Type.DNSKEY);
      }
    }
    List<Record> denials = new ArrayList<>();
    types.forEach(
        (name, here) -> {
          Name next = Optional.ofNullable(types.higherKey(name)).orElse(types.firstKey());
          denials.add(
              new NSECRecord(
                  name,
                  DClass.IN,
                  ttls.get(name),
                  next,
                  here.stream().mapToInt(Integer::intValue).toArray()));
        });
    return denials;
  }

  private static boolean isOf(DSRecord ds, DNSKEYRecord key) {
    return new DSRecord(key.getName(), DClass.IN, ds.getTTL(), ds.getDigestID(), key)
        .rdataToString()
        .equals(ds.rdataToString());
  }
}
