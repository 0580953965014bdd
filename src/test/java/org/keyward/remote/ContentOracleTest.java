package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.Reading;
import org.keyward.content.RecordType;
import org.keyward.content.Release;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** PowerDNS's own PostgreSQL backend says which content is read, and which data are sent for it. */
@Tag("once")
class ContentOracleTest {
  private static final int SERVFAIL = 2;
  private static final List<String> REFUSED_ON_PURPOSE =
      List.of(
          "is none that a zone has",
          "the base64 is not right",
          "is no such address",
          "'+",
          "escaped in a string without quotes",
          "is no number up to 32",
          "is no number up to 128",
          "no hexadecimal digit among them");

  @TempDir Path folder;

  @Test
  void contentIsReadAsPowerDnsReadsIt() throws Exception {
    compare(PowerDnsVersion.all().get(0), ContentForms.all());
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"4.7", "4.9", "5.1"})
  void contentIsReadAsEachReleaseReadsIt(String version) throws Exception {
    List<ContentForms.Form> all = ContentForms.all();
    List<ContentForms.Form> forms = new ArrayList<>(all);
    Random random = new Random(20);
    for (int i = 0; i < 20_000; i++) {
      forms.add(ContentForms.random(all, random));
    }
    compare(PowerDnsVersion.named(version), forms);
  }

  private void compare(PowerDnsVersion version, List<ContentForms.Form> forms) throws Exception {
    Release release = Release.parse(version.name()).orElseThrow();
    try (Database database = TestDatabase.create();
        PowerDns oracle = GpgsqlServer.start(version, folder, database);
        RawDns client = new RawDns(oracle.port())) {
      insert(database, forms);
      List<String> differences = new ArrayList<>();
      for (int i = 0; i < forms.size(); i++) {
        compare(release, forms.get(i), Name.fromString("r" + i + ".content.test."), client)
            .ifPresent(differences::add);
      }
      assertThat(differences)
          .as("%s: %d of %d", version, differences.size(), forms.size())
          .isEmpty();
    }
  }

  /** Past the checks: it is PowerDNS that is asked here. */
  private static void insert(Database database, List<ContentForms.Form> forms) {
    TestDatabase.jdbi(database)
        .useTransaction(
            h -> {
              h.execute("SET LOCAL session_replication_role = replica");
              h.execute(
                  "INSERT INTO domains (id, name, type) VALUES (1, 'content.test', 'NATIVE')");
              h.execute(
                  "INSERT INTO records (domain_id, name, type, content, ttl) VALUES"
                      + " (1, 'content.test', 'SOA', 'ns1.content.test h.content.test 1 2 3 4 5', 60)");
              var batch =
                  h.prepareBatch(
                      "INSERT INTO records (domain_id, name, type, content, ttl, prio)"
                          + " VALUES (1, ?, ?, ?, 60, ?)");
              for (int i = 0; i < forms.size(); i++) {
                ContentForms.Form form = forms.get(i);
                batch.add("r" + i + ".content.test", form.type(), form.content(), form.priority());
              }
              batch.execute();
            });
  }

  private static Optional<String> compare(
      Release release, ContentForms.Form form, Name name, RawDns client) throws IOException {
    String stored = Pattern.served(form);
    Optional<Reading> reading = read(form.type(), stored, release);
    if (isRefusedOnPurpose(form)) {
      return Optional.empty();
    }
    int type = type(form);
    boolean live = reading.map(Reading::live).orElse(false) || (type >= 65401 && type <= 65402);
    RawDns.Answer answer = client.ask(name, live || type == Type.RRSIG ? Type.MX : type);
    String expected =
        reading.map(r -> live ? "read" : HexFormat.of().formatHex(r.data())).orElse("not read");
    String actual =
        answer.rcode() == SERVFAIL
            ? "not read"
            : live
                ? "read"
                : answer.records().stream()
                    .filter(rr -> rr.owner().equals(name) && rr.type() == type)
                    .map(rr -> HexFormat.of().formatHex(rr.data()))
                    .findFirst()
                    .orElse("read, rcode " + answer.rcode());
    return expected.equals(actual)
        ? Optional.empty()
        : Optional.of(
            "%s [%s] PowerDNS %s, Keyward %s%s%n"
                .formatted(form.type(), stored, actual, expected, why(form)));
  }

  /** What PowerDNS makes something of that nobody has written. */
  private static boolean isRefusedOnPurpose(ContentForms.Form form) {
    if (form.type().matches("TYPE26[12]") && form.content().stripLeading().startsWith("\\#")) {
      return true; // 5.1 takes the form for unknown types for words
    }
    if (form.content().contains("key9=")) {
      return true; // 5.1 takes bytes for numbers
    }
    if (form.type().equals("SOA") && read(form.type(), form.content(), Release.R4_7).isEmpty()) {
      return true; // PowerDNS answers for the SOA, and for nothing else there
    }
    try {
      Content.read(form.type(), Pattern.served(form));
      return false;
    } catch (ContentException e) {
      return REFUSED_ON_PURPOSE.stream().anyMatch(e.getMessage()::contains)
          || (e.getMessage().contains("by name") && form.content().isBlank());
    }
  }

  private static int type(ContentForms.Form form) {
    try {
      return RecordType.named(form.type()).number();
    } catch (ContentException e) {
      return Type.MX;
    }
  }

  private static Optional<Reading> read(String type, String content, Release release) {
    try {
      Reading reading = Content.read(type, content);
      return reading.readers().contains(release) ? Optional.of(reading) : Optional.empty();
    } catch (ContentException e) {
      return Optional.empty();
    }
  }

  private static String why(ContentForms.Form form) {
    try {
      return " " + Content.read(form.type(), Pattern.served(form)).readers();
    } catch (ContentException e) {
      return " (" + e.getMessage() + ")";
    }
  }

  /** The content with the priority in front where the type has one. */
  private static final class Pattern {
    private static String served(ContentForms.Form form) {
      boolean priority = form.type().matches("(?i)MX|SRV|TYPE15|TYPE33");
      return (priority ? (form.priority() == null ? "" : form.priority()) + " " : "")
          + form.content();
    }
  }
}
