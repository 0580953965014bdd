package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;

class StoredNamesTest {
  private static final List<Name> ORIGINS =
      List.of(
          Name.root,
          Name.fromConstantString("com."),
          Name.fromConstantString("example.com."),
          Name.fromConstantString("b\\.example.com."));

  /** The short way of reading a name in a zone gives what the long one gives. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "com",
        "com.",
        "example.com",
        "Example.com",
        "example.com.",
        ".example.com",
        "www.example.com",
        "WWW.example.com",
        "www.example.COM",
        "a.b.c.example.com",
        "a..example.com",
        "a..b.example.com",
        ".a.example.com",
        "a\\.example.com",
        "a\\.b.example.com",
        "a\\046.example.com",
        "b\\.example.com",
        "a.b\\.example.com",
        "*.example.com",
        "@.example.com",
        "_25._tcp.mail-1.example.com",
        "notexample.com",
        "www.example.org",
        "a b.example.com"
      })
  void aNameInAZoneIsReadAsAnyOther(String stored) {
    for (Name origin : ORIGINS) {
      assertThat(StoredNames.parse(stored, origin, StoredNames.of(origin)))
          .as("'%s' in %s", stored, origin)
          .isEqualTo(StoredNames.parse(stored));
    }
  }

  /** Labels of up to 63 and names of up to 255 bytes (RFC 1035, section 2.3.4). */
  @Test
  void whatIsTooLongIsNoName() {
    String label = "x".repeat(63);
    String longest = (label + ".").repeat(3) + "x".repeat(49) + ".example.com";
    for (String stored :
        List.of(label + ".example.com", label + "x.example.com", longest, "x" + longest)) {
      aNameInAZoneIsReadAsAnyOther(stored);
    }
    assertThat(StoredNames.parse(longest)).isPresent();
    assertThat(StoredNames.parse("x" + longest)).isEmpty();
  }

  @Test
  void theOriginIsTheSameObject() {
    Name origin = ORIGINS.get(2);
    assertThat(StoredNames.parse("example.com", origin, "example.com").orElseThrow())
        .isSameAs(origin);
    assertThat(StoredNames.parse(null, origin, "example.com")).isEqualTo(Optional.empty());
  }
}
