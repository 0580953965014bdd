package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.Reading;
import org.keyward.zone.InternationalNames;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;

/** What is imported is what the file says, and what is exported can be imported again. */
class MasterFileTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");

  private static List<RecordRow> read(String file) throws IOException {
    return MasterFile.read(new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8)), ORIGIN);
  }

  private static String write(List<RecordRow> rows) {
    StringWriter text = new StringWriter();
    assertThat(MasterFile.write(rows, new PrintWriter(text))).isEmpty();
    return text.toString();
  }

  private static Reading reading(RecordRow row) throws ContentException {
    boolean priority = row.type().matches("MX|SRV|TYPE15|TYPE33");
    return Content.read(row.type(), (priority ? row.priority() + " " : "") + row.content());
  }

  private static String data(RecordRow row) throws ContentException {
    Reading reading = reading(row);
    String data = HexFormat.of().formatHex(reading.data());
    return reading.type().number() + " " + (reading.live() ? row.content() : data);
  }

  /** Every form that a release of PowerDNS reads. */
  @Test
  void whatIsExportedIsImportedAsTheSame() throws Exception {
    List<String> differences = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    int same = 0;
    for (ContentForms.Form form : ContentForms.all()) {
      RecordRow row =
          RecordRow.stored(1, ORIGIN, form.type(), form.content(), 60, RecordRow.NO_PRIORITY);
      String expected;
      try {
        expected = data(row);
      } catch (ContentException e) {
        continue;
      }
      StringWriter text = new StringWriter();
      if (!MasterFile.write(List.of(row), new PrintWriter(text)).isEmpty()) {
        leftOut.add(form.type() + " " + form.content());
        continue;
      }
      String file = text.toString();
      try {
        List<RecordRow> again = read(file);
        if (again.size() == 1 && data(again.get(0)).equals(expected) && again.get(0).ttl() == 60) {
          assertThat(write(again)).isEqualTo(file);
          same++;
        } else if (!form.type().matches("RRSIG|NSEC|TYPE46|TYPE47") || !again.isEmpty()) {
          differences.add(form + " written " + file + " read " + again);
        }
      } catch (IOException e) {
        Optional<String> international = InternationalNames.fault(row);
        if (international.isPresent() && e.getMessage().endsWith(international.get())) {
          continue; // refused wherever it is written
        }
        differences.add(form + " written " + file + " not read: " + e.getMessage());
      }
    }
    assertThat(differences).isEmpty();
    assertThat(leftOut)
        .containsExactlyInAnyOrder(
            "CAA 0 \"issue\" \"a\"",
            "CAA 0 issue\t\"a\"",
            "SVCB 1 . ech=\"\"",
            "SVCB 1 . mandatory=\"\"",
            "SVCB 1 . key1=\\000",
            "SVCB 1 . key4=\"\"");
    assertThat(same).isGreaterThan(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc rvs.example.com. | TYPE55 |"
            + " 1002000c200100107b1a74df365639cc39f1d578030100 01b771ca136e4aeb5c"
            + " 03727673076578616d706c6503636f6d00",
        "SPF `v=spf1` ` -all` | SPF | 06763d737066310520 2d616c6c",
        "LOC 42 N 71 W 10m | LOC | 00121613 89032100 70c3da80 00989a68",
        "CAA 0 ISSUE `ca.example.net` | CAA | 00054953535545 63612e6578616d706c652e6e6574",
        "HTTPS 1 . ipv6hint=::ffff:192.0.2.1 | HTTPS |"
            + " 000100 0006 0010 00000000000000000000ffffc0000201",
        "AMTRELAY 0 0 1 192.0.2.9 | TYPE260 | 0001c0000209",
        "AMTRELAY 10 1 3 relay | TYPE260 | 0a83 0572656c6179076578616d706c6503636f6d00",
        "AMTRELAY 10 0 0 . | TYPE260 | 0a00",
        "DSYNC CDS NOTIFY 5300 scanner | TYPE66 |"
            + " 003b 01 14b4 077363616e6e6572076578616d706c6503636f6d00",
        "GPOS `` `` `` | TYPE27 | 000000",
        "NULL \\# 0 | TYPE10 | ``",
        "SVCB 1 ns1 alpn=h2 key65280=v1. | SVCB |"
            + " 0001 036e7331076578616d706c6503636f6d00 0001 0003 026832 ff00 0003 76312e",
        "SVCB 1 ns1 key7=`/dns-query{?dns}` | SVCB |"
            + " 0001 036e7331076578616d706c6503636f6d00"
            + " 0007 0010 2f646e732d71756572797b3f646e737d",
        "TXT `café` | TXT | 05636166c3a9",
        "RESINFO qnamemin exterr=15 | RESINFO | 08716e616d656d696e 096578746572723d3135",
        "ALIAS www | ALIAS | 03777777076578616d706c6503636f6d00",
        "A \\# 4 c0000201 | A | c0000201",
        "MX 10 mail | MX | 000a 046d61696c076578616d706c6503636f6d00"
      })
  void isReadAsItsDataSay(String record, String type, String data) throws Exception {
    String line = record.replace('`', '"').replace("\\\\", "\\");
    RecordRow row = read("a 60 IN " + line + "\n").get(0);
    assertThat(row.type()).isEqualTo(type);
    assertThat(HexFormat.of().formatHex(reading(row).data()))
        .isEqualTo(data.replaceAll("[ `]", ""));
    assertThat(data(read(write(List.of(row))).get(0))).isEqualTo(data(row));
  }

  @Test
  void signedFilesMayNameTypesThatNobodyKnowsHere() throws Exception {
    List<RecordRow> rows =
        read(
            """
            @ 60 IN SOA ns h 1 2 3 4 5
                    RRSIG NEWTYPE 13 2 60 (
                        20300101000000 20200101000000 1 example.com. AAAA ) ; key 1
            a A 192.0.2.1
              NSEC b A NEWTYPE RRSIG NSEC
              AAAA 2001:db8::1
            """);
    assertThat(rows).extracting(RecordRow::type).containsExactly("SOA", "A", "AAAA");
    assertThat(rows.get(2).owner()).hasToString("a.example.com.");
    assertThat(rows.get(2).ttl()).isEqualTo(60);
  }

  @Test
  void recordsAreGeneratedOfAnyType() throws Exception {
    List<RecordRow> rows =
        read(
            """
            $TTL 1h
            $GENERATE 1-3 t$ TXT "x$"
            $GENERATE 8-12/2 h${-8,2,x} 60 IN A 192.0.2.$
            $GENERATE 10-10 m\\$ MX ${0,4} mail$$
            """);
    assertThat(rows)
        .extracting(row -> row.owner().toString(true) + " " + row.ttl() + " " + row.content())
        .containsExactly(
            "t1.example.com 3600 \"x1\"",
            "t2.example.com 3600 \"x2\"",
            "t3.example.com 3600 \"x3\"",
            "h00.example.com 60 192.0.2.8",
            "h02.example.com 60 192.0.2.10",
            "h04.example.com 60 192.0.2.12",
            "m\\$.example.com 3600 mail$.example.com");
    assertThat(rows.get(6).priority()).isEqualTo(10);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a A 192.0.2.1 | the TTL is missing",
        "a 60 IN A 192.0.2.300 | a.example.com A",
        "a 60 CH A 192.0.2.1 | its class is CH",
        "a 60 IN TXT \"x | a quote",
        "a 60 IN TXT ( x | a parenthesis is not closed",
        "a 60 IN NEWTYPE x | PowerDNS knows no type 'NEWTYPE'",
        "a.example.net. 60 IN A 192.0.2.1 | outside example.com",
        "a 60 IN | the type is missing",
        "$GENERATE 3-1 a$ 60 A 192.0.2.$ | has no numbers",
        "bücher 60 A 192.0.2.1 | the name 'bücher' has a character outside ASCII; write xn--bcher-kva",
        "a.bücher.example.com. 60 A 192.0.2.1 | write a.xn--bcher-kva.example.com.",
        "$ORIGIN bücher.example.com. | write xn--bcher-kva.example.com.",
        "$GENERATE 1-2 bücher$ 60 A 192.0.2.$ | has a character outside ASCII; write xn--bcher$-"
      })
  void errorsNameTheLine(String line, String message) {
    assertThatThrownBy(() -> read("$ORIGIN example.com.\n" + line + "\n"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("line 2: ")
        .hasMessageContaining(message);
  }

  @Test
  void whatCannotBeExportedIsSaid() {
    RecordRow broken = new RecordRow(1, ORIGIN, "A", "192.0.2.\n300", 60, 0);
    StringWriter text = new StringWriter();
    assertThat(MasterFile.write(List.of(broken), new PrintWriter(text)))
        .singleElement()
        .satisfies(problem -> assertThat(problem.type()).isEqualTo("A"));
    assertThat(text.toString().lines()).singleElement().asString().startsWith("; left out: ");
  }
}
