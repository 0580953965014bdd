package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.OffsetDateTime;
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
