package org.keyward.content;

import java.math.BigInteger;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Private keys as text, in BIND's format, as far as PowerDNS has to read it. */
public final class KeyText {
  private static final List<String> RSA =
      List.of(
          "modulus",
          "publicexponent",
          "privateexponent",
          "prime1",
          "prime2",
          "exponent1",
          "exponent2",
          "coefficient");

  private KeyText() {}

  /**
   * Why PowerDNS reads no key from it; nothing of the key is in it. Empty when it does. Where
   * PowerDNS finds one that it cannot read, it answers nothing from the zone.
   */
  public static Optional<String> fault(String text) {
    Map<String, String> fields = fields(text);
    if (fields.containsKey("engine")) {
      return fields.containsKey("slot")
          ? Optional.empty()
          : Optional.of("it names no slot: write the line Slot with the token's label");
    }
    return switch (fields.getOrDefault("algorithm", "").split(" ", 2)[0]) {
      case "5", "7", "8", "10" -> RSA.stream().allMatch(f -> length(fields, f) > 0) ? read() : no();
      case "13" -> isNumber(fields, 32) ? read() : no();
      case "14" -> isNumber(fields, 48) ? read() : no();
      case "15" -> length(fields, "privatekey") == 32 ? read() : no();
      case "16" -> length(fields, "privatekey") == 57 ? read() : no();
      default -> no();
    };
  }

  private static Optional<String> read() {
    return Optional.empty();
  }

  private static Optional<String> no() {
    return Optional.of(
        "it is no private key in BIND's format, of an algorithm that PowerDNS signs with; remove it,"
            + " or write what 'pdnsutil export-zone-key' prints");
  }

  private static Map<String, String> fields(String text) {
    Map<String, String> fields = new HashMap<>();
    text.lines()
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> fields.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip()));
    return fields;
  }

  /** Of so many bytes at most, and not zero: leading zeros may be left out. */
  private static boolean isNumber(Map<String, String> fields, int most) {
    byte[] number = bytes(fields, "privatekey");
    return number.length <= most && new BigInteger(1, number).signum() > 0;
  }

  private static int length(Map<String, String> fields, String name) {
    return bytes(fields, name).length;
  }

  /** None when it is missing, or no base64. */
  private static byte[] bytes(Map<String, String> fields, String name) {
    try {
      return Base64.getMimeDecoder().decode(fields.getOrDefault(name, ""));
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }
}
