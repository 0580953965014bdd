package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

class PlainRowsTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final List<String> TYPES =
      List.of("A", "AAAA", "NS", "PTR", "MX", "CNAME", "TXT", "SOA", "SRV", "ALIAS");
  private static final List<String> PIECES =
      List.of(
          "1",
          "0",
          "255",
          "256",
          "192.0.2",
          "01",
          ".",
          ":",
          "::",
          "2001:db8",
          "ffff",
          "g",
          "ns",
          "a-b",
          "_x",
          "*",
          "\\",
          "\"",
          "text",
          " ",
          "example.com",
          "x".repeat(63),
          "y".repeat(64),
          "4294967295",
          "4294967296",
          "2147483647",
          "-1",
          "é",
          "@",
          "(",
          ";",
          "1.2.3.4",
          "NS",
          "ns1.example.com h.example.com 1 2 3 4 5");

  private static RecordRow row(String type, String content) {
    return new RecordRow(1, ORIGIN, type, content, 300, 10);
  }

  @Test
  void usualRecordsArePlain() {
    for (RecordRow row :
        List.of(
            row("A", "192.0.2.1"),
            row("AAAA", "2001:db8::1"),
            row("AAAA", "::1"),
            row("AAAA", "1:2:3:4:5:6:7:8"),
            row("NS", "ns1.example.net"),
            row("MX", "mail.example.net"),
            row("TXT", "\"v=spf1 -all\""),
            row("SOA", "ns1.example.net h.example.net 4294967295 7200 3600 1209600 300"))) {
      boolean plain = PlainRows.areServed(List.of(row), ORIGIN);
      assertThat(plain).as(row.content()).isEqualTo(!row.content().equals("::1"));
    }
  }

  @Test
  void whatMayBeWrongTogetherIsNotPlain() {
    assertThat(PlainRows.areServed(List.of(row("A", "1.2.3.4"), row("A", "1.2.3.4")), ORIGIN))
        .isFalse();
    assertThat(PlainRows.areServed(List.of(row("NS", "a.b"), row("NS", "A.B")), ORIGIN)).isFalse();
    assertThat(PlainRows.areServed(List.of(row("CNAME", "a.b"), row("A", "1.2.3.4")), ORIGIN))
        .isFalse();
  }

  @Test
  void whatIsPlainCanBeParsed() {
    Random random = new Random(4);
    int plain = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder content = new StringBuilder();
      for (int piece = random.nextInt(6); piece >= 0; piece--) {
        content.append(PIECES.get(random.nextInt(PIECES.size())));
      }
      RecordRow row = row(TYPES.get(random.nextInt(TYPES.size())), content.toString());
      if (PlainRows.areServed(List.of(row), ORIGIN)) {
        plain++;
        assertThatCode(() -> RecordParser.parse(row)).as(row.toString()).doesNotThrowAnyException();
        List<RecordProblem> problems = new ArrayList<>();
        new NodeReader(ORIGIN, java.util.Optional.empty(), false, java.time.Clock.systemUTC())
            .readEach(List.of(row), problems);
        assertThat(problems).isEmpty();
      }
    }
    assertThat(plain).isGreaterThan(1_000);
  }
}
