package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.Reading;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;

/**
 * BIND makes the same data as Keyward of a content, where it takes it in a master file, and of what
 * Keyward exports.
 */
@Tag("once")
class BindContentTest {
  private static final String ZONE = "bind.example";
  private static final Pattern REFUSED = Pattern.compile(":(\\d+): ");

  /** They make the file another one, or are made by BIND itself. */
  private static final Set<String> NOT_HERE =
      Set.of("SOA", "RRSIG", "NSEC", "ALIAS", "LUA", "SIG", "NXT", "TYPE46", "TYPE47");

  /** BIND checks their data more closely: lengths of digests, digits, empty values. */
  private static final Set<String> CHECKED_BY_BIND =
      Set.of(
          "NAPTR",
          "DS",
          "CDS",
          "DLV",
          "SSHFP",
          "ZONEMD",
          "IPSECKEY",
          "SVCB",
          "TYPE55",
          "TYPE260",
          "X25",
          "A6");

  @TempDir Path folder;

  @Test
  void contentAndExportsAreReadAsBindReadsThem() throws Exception {
    Set<String> refused = compare(ContentForms.all());
    assertThat(refused).allMatch(line -> CHECKED_BY_BIND.contains(line.split("[ \t]")[3]));
    assertThat(refused).hasSizeLessThan(30);
  }

  @Tag("long")
  @Test
  void randomContentIsReadAsBindReadsIt() throws Exception {
    List<ContentForms.Form> all = ContentForms.all();
    List<ContentForms.Form> forms = new ArrayList<>();
    Random random = new Random(22);
    for (int i = 0; i < 10_000; i++) {
      forms.add(ContentForms.random(all, random));
    }
    compare(forms);
  }

  /** Which exports BIND does not read. */
  private Set<String> compare(List<ContentForms.Form> forms) throws Exception {
    Map<Name, String> expected = new LinkedHashMap<>();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < forms.size(); i++) {
      ContentForms.Form form = forms.get(i);
      RecordRow row = row("e" + i, form);
      try {
        Reading reading = reading(form);
        if (reading.live() || NOT_HERE.contains(reading.type().mnemonic())) {
          continue;
        }
        String data = reading.type().number() + " " + HexFormat.of().formatHex(reading.data());
        if (!isAnotherFormOfBind(form)) {
          expected.put(name("c" + i), data);
          lines.add(name("c" + i) + " 60 IN " + form.type() + " " + served(form));
        }
        StringWriter exported = new StringWriter();
        if (MasterFile.write(List.of(row), new PrintWriter(exported)).isEmpty()) {
          expected.put(row.owner(), data);
          lines.add(exported.toString().strip());
        }
      } catch (ContentException e) {
        // No release of PowerDNS reads it.
      }
    }
    Map<Name, String> found = served(lines);
    Set<String> differences = new TreeSet<>();
    Set<String> refused = new TreeSet<>();
    for (String line : lines) {
      Name owner = Name.fromString(line.split("[ \t]", 2)[0]);
      String data = found.get(owner);
      if (data != null && !data.equals(expected.get(owner))) {
        differences.add(line + ": BIND " + data + ", Keyward " + expected.get(owner) + "\n");
      }
      if (data == null && owner.toString().startsWith("e")) {
        refused.add(line);
      }
    }
    System.out.printf("%d lines, %d read by BIND%n", lines.size(), found.size());
    assertThat(differences).isEmpty();
    assertThat(found).hasSizeGreaterThan(lines.size() / 2);
    return refused;
  }

  /**
   * Where a content means another thing in a master file, and where PowerDNS makes something of its
   * own: {@link ContentOracleTest} holds that Keyward makes the same.
   */
  private static boolean isAnotherFormOfBind(ContentForms.Form form) {
    String content = form.content();
    boolean text = form.type().matches("(?i)TXT|TYPE16") && !content.startsWith("\"");
    boolean location = form.type().equals("LOC") && content.matches(".*\\d{8,}.*");
    boolean parameter = content.matches(".*\\bkey0*[0-6]=.*");
    return text
        || location
        || parameter
        || form.type().equals("APL")
        || (form.type().equals("CAA") && content.matches("\\S+ [^\" ]+\".*"))
        || content.contains("\t")
        || content.contains("\n")
        || content.contains(";")
        || content.matches(".*[()].*")
        || content.matches("(.* )?@( .*)?");
  }

  private static Name name(String label) throws IOException {
    return Name.fromString(label + "." + ZONE + ".");
  }

  private static String served(ContentForms.Form form) {
    boolean priority = form.type().matches("(?i)MX|SRV|TYPE15|TYPE33") && form.priority() != null;
    return priority ? form.priority() + " " + form.content() : form.content();
  }

  private static Reading reading(ContentForms.Form form) throws ContentException {
    return Content.read(form.type(), served(form));
  }

  private static RecordRow row(String label, ContentForms.Form form) throws IOException {
    int priority = form.priority() == null ? RecordRow.NO_PRIORITY : form.priority();
    return RecordRow.stored(1, name(label), form.type(), form.content(), 60, priority);
  }

  /** What a real BIND serves of these lines, without those that it refuses. */
  private Map<Name, String> served(List<String> records) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "$ORIGIN .",
                "$TTL 60",
                ZONE + ". SOA ns." + ZONE + ". h." + ZONE + ". 1 2 3 4 5",
                ZONE + ". NS ns.example.net."));
    lines.addAll(records);
    Path file = folder.resolve(ZONE);
    for (boolean refused = true; refused; ) {
      Files.write(file, lines, StandardCharsets.UTF_8);
      refused = false;
      String said =
          PowerDns.run(
              List.of(
                  PowerDns.program("named-checkzone"),
                  "-i",
                  "none",
                  "-k",
                  "ignore",
                  "-n",
                  "ignore",
                  "-S",
                  "ignore",
                  "-T",
                  "ignore",
                  "-r",
                  "ignore",
                  "-m",
                  "ignore",
                  ZONE,
                  file.toString()));
      if (!said.contains("\nOK")) {
        Matcher line = REFUSED.matcher(said);
        while (line.find()) {
          int at = Integer.parseInt(line.group(1)) - 1;
          refused |= !lines.get(at).startsWith(";");
          lines.set(at, "; " + lines.get(at));
        }
        assertThat(refused).as(said).isTrue();
      }
    }
    Map<Name, String> data = new LinkedHashMap<>();
    try (Named named = Named.start(folder, List.of(ZONE));
        RawDns client = new RawDns(named.port())) {
      for (RawDns.Rr rr : client.transfer(Name.fromString(ZONE + "."))) {
        data.put(rr.owner(), rr.type() + " " + HexFormat.of().formatHex(rr.data()));
      }
    }
    return data;
  }
}
