package org.keyward.content;

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
      case "13", "14" -> length(fields, "privatekey") > 0 ? read() : no();
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

  /** 0 when it is missing, or no base64. */
  private static int length(Map<String, String> fields, String name) {
    try {
      return Base64.getMimeDecoder().decode(fields.getOrDefault(name, "")).length;
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }
}
