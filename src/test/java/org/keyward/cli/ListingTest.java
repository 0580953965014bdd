package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

class ListingTest {
  private static String printed(Listing listing) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    listing.print(out, false);
    out.flush();
    return text.toString();
  }

  @Test
  void columnsAreAligned() {
    Listing listing = new Listing("zone", "state");
    listing.add("a.example", Optional.empty());
    listing.add("bb.example", "signed");
    assertThat(printed(listing).lines())
        .containsExactly("ZONE        STATE", "a.example   -", "bb.example  signed");
  }

  @Test
  void aSpreadsheetCalculatesNothing() {
    Listing listing = new Listing("zone", "digest", "since");
    listing.add("=cmd.example.", "a,\"b\"", Instant.parse("2026-03-01T10:00:00Z"));
    listing.add("b.example", null, Optional.empty());
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    listing.printCsv(out);
    out.flush();
    assertThat(text.toString().lines())
        .containsExactly(
            "zone,digest,since",
            "'=cmd.example,\"a,\"\"b\"\"\",2026-03-01T10:00:00Z",
            "b.example,,");
  }

  @Test
  void timesAreUtcAndZonesHaveNoLastDot() {
    Listing listing = new Listing("zone", "owner", "at", "until");
    listing.add(
        Name.fromConstantString("a.example."),
        "a.example.",
        Instant.parse("2026-03-01T10:00:00.123456Z"),
        OffsetDateTime.parse("2026-03-01T12:00:00.5+02:00"));
    listing.add(".", ".", null, Optional.empty());
    assertThat(listing.objects().get(0).values())
        .containsExactly("a.example", "a.example.", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z");
    assertThat(listing.objects().get(1)).containsEntry("zone", ".");
  }

  /** A terminal obeys U+009B as it does ESC and [, and JSON asks for no escape there. */
  @Test
  void nothingOfWhatIsPrintedSteersATerminal() throws Exception {
    String text = "\u001b[31m\u007f\u009b2J\u202e\u2028caf\u00e9 \ud83d\udd11";
    Listing listing = new Listing("reason");
    listing.add(text);
    StringWriter json = new StringWriter();
    PrintWriter out = new PrintWriter(json);
    listing.print(out, true);
    out.flush();
    for (String printed : List.of(printed(listing), json.toString())) {
      assertThat(printed)
          .doesNotContainPattern("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\u202e\u2028]")
          .contains("caf\u00e9 \ud83d\udd11");
    }
    assertThat(new JsonMapper().readTree(json.toString()).get(0).get("reason").textValue())
        .isEqualTo(text);
  }

  /** With a look at all lines for each line this would not end. */
  @Test
  void manyLinesCostNoMoreEach() {
    Listing listing = new Listing("owner", "ttl", "type", "priority", "content");
    for (int i = 0; i < 200_000; i++) {
      listing.add("n" + i + ".example.com.", 3600, "A", 0, "192.0.2.1");
    }
    assertThat(printed(listing).lines()).hasSize(200_001);
  }
}
