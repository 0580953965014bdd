package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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
