package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.Reading;
import org.keyward.content.RecordType;
import org.keyward.content.Release;
import org.keyward.dnssec.RecordData;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * A signed zone with every form of content: Keyward serves the data that PowerDNS's own PostgreSQL
 * backend serves from the same rows, validators accept the signatures over them, and what PowerDNS
 * cannot read costs nothing but itself.
 */
@Tag("once")
@Timeout(900)
class ServedContentTest {
  private static final String ZONE = "content.example.org";
  private static final int SERVFAIL = 2;

  /** Made elsewhere, refused where they are, or leading away from the zone. */
  private static final Set<String> NOT_HERE =
      Set.of("SOA", "RRSIG", "NSEC", "ALIAS", "LUA", "TSIG", "OPT", "TKEY", "MAILA", "TYPE41");

  /**
   * Of delv: it parses data that PowerDNS and unbound pass on, and finds them no such record; a
   * DNSKEY it takes for a zone's, which has to be signed by itself.
   */
  private static final List<String> NO_SUCH_RECORD =
      List.of(
          "FORMERR resolving",
          "unexpected end of input resolving",
          "resolution failed: syntax error",
          "resolution failed: out of range",
          "resolution failed: extra input data",
          "/DNSKEY: no valid signature found");

  @TempDir Path folder;

  @Test
  void whatIsServedIsWhatGpgsqlServesAndIsValid() throws Exception {
    check(PowerDnsVersion.all().get(0), ContentForms.all());
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"4.7", "4.9", "5.1"})
  void whatIsServedIsWhatGpgsqlServesWithEachRelease(String version) throws Exception {
    List<ContentForms.Form> all = ContentForms.all();
    List<ContentForms.Form> forms = new ArrayList<>(all);
    Random random = new Random(21);
    for (int i = 0; i < 5_000; i++) {
      forms.add(ContentForms.random(all, random));
    }
    check(PowerDnsVersion.named(version), forms);
  }

  private void check(PowerDnsVersion version, List<ContentForms.Form> forms) throws Exception {
    try (ServedDatabase keyward =
        new ServedDatabase(folder, new TransactionLimits(4, java.time.Duration.ofMinutes(1)))) {
      insert(keyward.database, forms);
      keyward.sql("INSERT INTO domains (id, name, type) VALUES (1, '" + ZONE + "', 'NATIVE')");
      Name origin = Name.fromString(ZONE, Name.root);
      ServedDatabase.await(() -> keyward.loaded.byOrigin(origin).isPresent());
      keyward.sign(ZONE);
      try (PowerDns ours = keywardPowerDns(version, keyward);
          PowerDns oracle = GpgsqlServer.start(version, folder, keyward.database)) {
        List<Validation.Question> served = new ArrayList<>();
        assertThat(differences(forms, ours, oracle, served)).as("%s", version).isEmpty();
        assertThat(served).hasSizeGreaterThan(forms.size() / 8);
        assertThat(
                new Validation(ours, ZONE + ".", Files.createDirectory(folder.resolve("v")))
                    .failures(served))
            .filteredOn(failure -> NO_SUCH_RECORD.stream().noneMatch(failure::contains))
            .isEmpty();
        assertThat(transferred(ours, origin)).containsAll(transferred(oracle, forms));
      }
    }
  }

  private PowerDns keywardPowerDns(PowerDnsVersion version, ServedDatabase keyward)
      throws IOException {
    return PowerDns.start(
        version,
        Files.createDirectory(folder.resolve("k")),
        List.of(
            "cache-ttl=0",
            "query-cache-ttl=0",
            "negquery-cache-ttl=0",
            "zone-cache-refresh-interval=0",
            "loglevel=1",
            "launch=remote",
            "remote-dnssec=yes",
            "remote-connection-string=unix:path=" + keyward.servers.socket() + ",timeout=60000"));
  }

  /** Past the checks, as an adopted database has them; the zone itself comes last. */
  private static void insert(Database database, List<ContentForms.Form> forms) {
    TestDatabase.jdbi(database)
        .useTransaction(
            h -> {
              h.execute("SET LOCAL session_replication_role = replica");
              h.execute(
                  "INSERT INTO records (domain_id, name, type, content, ttl) VALUES"
                      + " (1, 'content.example.org', 'SOA', 'ns1.content.example.org h.content.example.org 1 2 3 4 5', 60),"
                      + " (1, 'content.example.org', 'NS', 'ns1.content.example.org', 60),"
                      + " (1, 'ns1.content.example.org', 'A', '192.0.2.1', 60)");
              PreparedBatch batch =
                  h.prepareBatch(
                      "INSERT INTO records (domain_id, name, type, content, ttl, prio)"
                          + " VALUES (1, ?, ?, ?, 60, ?)");
              for (int i = 0; i < forms.size(); i++) {
                ContentForms.Form form = forms.get(i);
                batch.add("r" + i + "." + ZONE, form.type(), form.content(), form.priority());
              }
              batch.execute();
            });
  }

  private static List<String> differences(
      List<ContentForms.Form> forms,
      PowerDns ours,
      PowerDns oracle,
      List<Validation.Question> served)
      throws IOException {
    List<String> differences = new ArrayList<>();
    try (RawDns here = new RawDns(ours.port());
        RawDns there = new RawDns(oracle.port())) {
      for (int i = 0; i < forms.size(); i++) {
        ContentForms.Form form = forms.get(i);
        Name name = Name.fromString("r" + i + "." + ZONE + ".");
        Optional<Reading> reading = reading(form);
        int type = reading.map(r -> r.type().number()).orElse(Type.TXT);
        RawDns.Answer answer = here.ask(name, type);
        Set<String> right = reading.isEmpty() ? Set.of() : data(there.ask(name, type), name, type);
        if (answer.rcode() == SERVFAIL || !data(answer, name, type).equals(right)) {
          differences.add(
              "%s [%s]: gpgsql %s, Keyward %s, rcode %d%n"
                  .formatted(
                      form.type(),
                      form.content(),
                      right,
                      data(answer, name, type),
                      answer.rcode()));
        }
        boolean judged = reading.isPresent() && reading.get().data().length > 0; // by unbound
        if (judged && type != Type.NS) {
          served.add(new Validation.Question(name.toString(), "TYPE" + type));
        }
      }
    }
    return differences;
  }

  private static Set<String> transferred(PowerDns server, Name zone) throws IOException {
    try (RawDns client = new RawDns(server.port())) {
      return client.transfer(zone).stream()
          .map(ServedContentTest::canonical)
          .collect(Collectors.toSet());
    }
  }

  /** Compression takes a name for another one in upper case. */
  private static String canonical(RawDns.Rr rr) {
    return rr.owner()
        + " "
        + rr.type()
        + " "
        + HexFormat.of()
            .formatHex(
                RecordData.record(rr.owner(), rr.type(), 0, rr.data()).rdataToWireCanonical());
  }

  /** What is to be in a transfer, from the answers of a server whose own transfer ends. */
  private static Set<String> transferred(PowerDns oracle, List<ContentForms.Form> forms)
      throws IOException {
    Set<String> records = new TreeSet<>();
    try (RawDns client = new RawDns(oracle.port())) {
      for (int i = 0; i < forms.size(); i++) {
        Name name = Name.fromString("r" + i + "." + ZONE + ".");
        Optional<Reading> reading = reading(forms.get(i));
        if (reading.isPresent()) {
          int type = reading.get().type().number();
          client.ask(name, type).records().stream()
              .filter(rr -> rr.owner().equals(name) && rr.type() == type)
              .forEach(rr -> records.add(canonical(rr)));
        }
      }
    }
    return records;
  }

  /** What all releases read. */
  private static Optional<Reading> reading(ContentForms.Form form) {
    try {
      RecordType type = RecordType.named(form.type());
      boolean priority = type.mnemonic().matches("MX|SRV");
      String content = priority ? " " + form.content() : form.content();
      Reading reading = Content.read(form.type(), content).by(Release.all());
      return reading.live() || NOT_HERE.contains(type.mnemonic())
          ? Optional.empty()
          : Optional.of(reading);
    } catch (ContentException e) {
      return Optional.empty();
    }
  }

  private static Set<String> data(RawDns.Answer answer, Name name, int type) {
    return answer.records().stream()
        .filter(rr -> rr.owner().equals(name) && rr.type() == type)
        .map(rr -> HexFormat.of().formatHex(rr.data()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
