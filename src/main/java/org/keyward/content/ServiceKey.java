package org.keyward.content;

import java.util.Map;

/**
 * A key of a parameter of SVCB and HTTPS.
 *
 * @param generic whether it is written as {@code key65400}; then its value is read as bytes, also
 *     that of a key with a name
 */
record ServiceKey(int number, boolean generic, String text) {
  static final int MANDATORY = 0;
  static final int ALPN = 1;
  static final int NO_DEFAULT_ALPN = 2;
  static final int PORT = 3;
  static final int IPV4_HINT = 4;
  static final int ECH = 5;
  static final int IPV6_HINT = 6;
  static final int DOH_PATH = 7;
  static final int OHTTP = 8;
  static final int TLS_SUPPORTED_GROUPS = 9;

  private static final String NUMBERED = "key";

  private static final Map<String, Integer> NAMES =
      Map.of(
          "mandatory", MANDATORY,
          "alpn", ALPN,
          "no-default-alpn", NO_DEFAULT_ALPN,
          "port", PORT,
          "ipv4hint", IPV4_HINT,
          "ech", ECH,
          "ipv6hint", IPV6_HINT,
          "dohpath", DOH_PATH,
          "ohttp", OHTTP,
          "tls-supported-groups", TLS_SUPPORTED_GROUPS);

  static ServiceKey named(String text) throws ContentException {
    Integer known = NAMES.get(text);
    if (known != null) {
      return new ServiceKey(known, false, text);
    }
    if (!text.startsWith(NUMBERED)) {
      throw new ContentException("PowerDNS knows no parameter '" + text + "'");
    }
    String digits = text.substring(NUMBERED.length());
    return new ServiceKey(digits.isEmpty() ? 0 : Numbers.leading(digits, 0xffff), true, text);
  }

  /** Whether the name, or what it means, came after 4.9. */
  boolean isLater() {
    return !generic && number >= DOH_PATH;
  }

  /** As all releases read it. */
  static String text(int number) {
    return NAMES.entrySet().stream()
        .filter(entry -> entry.getValue() == number && number < DOH_PATH)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(NUMBERED + number);
  }
}
