package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKeys;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** The view keyward.ds_records against ldns-key2ds. */
@Tag("once")
class DsRecordsTest {
  @TempDir Path folder;

  private static void assign(Database database, DNSKEYRecord key, String state) {
    String zone = StoredNames.of(key.getName());
    database.useTransaction(
        h -> {
          // A zone that was there before may have a name that a new one may not have.
          h.execute("SET LOCAL session_replication_role = replica");
          h.execute("INSERT INTO domains (name, type) VALUES (?, 'NATIVE')", zone);
          h.execute("SET LOCAL session_replication_role = origin");
          h.execute(
              """
              INSERT INTO keyward.key
                (token_serial, token_name, label, cka_id, algorithm, public_key, key_tag)
              VALUES ('S', 't', 'ksk', '', ?, ?, ?)
              """,
              key.getAlgorithm(),
              key.getKey(),
              key.getFootprint());
          h.execute(
              """
              INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step,
                offset_before, runway, dnskey_ttl, assigned_at, assigned_by, reason)
              SELECT d.id, d.name, k.id, 'presigned', ?, 0, 0, 0, 0, 0, now(), 'test', ''
              FROM domains d, keyward.key k
              """,
              state);
        });
  }

  private static DNSKEYRecord key(String zone, int algorithm) throws Exception {
    return SoftwareKeys.generate(
            Name.fromString(zone),
            Algorithm.ofNumber(algorithm).orElseThrow(),
            SoftwareKeys.KSK_FLAGS)
        .dnskey();
  }

  @ParameterizedTest
  @CsvSource({
    "example.com.,13",
    "example.com.,8",
    "example.com.,14",
    "example.com.,15",
    ".,13",
    "a.very.deep.name.xn--bcher-kva.example.,13",
    "'space\\032name.example.',13",
    "'dot\\.inside.example.',13",
    "'byte\\200\\007.back\\\\slash.example.',13"
  })
  void agreesWithLdns(String zone, int algorithm) throws Exception {
    DNSKEYRecord key = key(zone, algorithm);
    try (Database database = TestDatabase.create()) {
      assign(database, key, "signed");
      String record =
          database
              .jdbi()
              .withHandle(
                  h ->
                      h.createQuery("SELECT record FROM keyward.ds_records")
                          .mapTo(String.class)
                          .one());
      assertThat(comparable(record)).isEqualTo(comparable(ldns(key)));
    }
  }

  private String ldns(DNSKEYRecord key) throws Exception {
    Path file = folder.resolve("key");
    Files.writeString(file, key + "\n");
    Process process =
        new ProcessBuilder("ldns-key2ds", "-n", "-2", file.toString())
            .redirectErrorStream(true)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static String comparable(String record) {
    return record
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\s+", " ")
        .replaceFirst(" \\d+ in ds", " in ds")
        .strip();
  }

  @Test
  void aZoneThatIsNotSignedYetOrNotForLongHasNone() throws Exception {
    for (String state : new String[] {"signing", "leaving", "ended"}) {
      try (Database database = TestDatabase.create()) {
        assign(database, key("example.com.", 13), state);
        List<String> records =
            database
                .jdbi()
                .withHandle(
                    h ->
                        h.createQuery("SELECT record FROM keyward.ds_records")
                            .mapTo(String.class)
                            .list());
        assertThat(records).isEmpty();
      }
    }
  }

  @Test
  void eachDigestIsMadeOnce() throws Exception {
    try (Database database = TestDatabase.create()) {
      assign(database, key("example.com.", 13), "signed");
      long calls =
          database
              .jdbi()
              .inTransaction(
                  h -> {
                    h.execute("SET LOCAL track_functions = 'all'");
                    h.createQuery("SELECT zone, digest, record FROM keyward.ds_records")
                        .mapToMap()
                        .list();
                    return h.createQuery(
                            "SELECT pg_stat_get_xact_function_calls("
                                + "'keyward.wire_name(text)'::regprocedure)")
                        .mapTo(Long.class)
                        .one();
                  });
      assertThat(calls).isEqualTo(1);
    }
  }
}
