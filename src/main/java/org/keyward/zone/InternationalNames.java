package org.keyward.zone;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * International names in records, as characters or as the escaped bytes that PowerDNS's tools make
 * of them: nobody resolves them. The database refuses them with the same words; here they are found
 * before, and in rows that were there already.
 */
public final class InternationalNames {
  private static final int LAST = -1;

  /** Which words of a content are names; the same list is in {@code keyward.names_in}. */
  private static final Map<String, List<Integer>> NAMES =
      Map.ofEntries(
          Map.entry("NS", List.of(LAST)),
          Map.entry("CNAME", List.of(LAST)),
          Map.entry("DNAME", List.of(LAST)),
          Map.entry("PTR", List.of(LAST)),
          Map.entry("ALIAS", List.of(LAST)),
          Map.entry("MX", List.of(LAST)),
          Map.entry("SRV", List.of(LAST)),
          Map.entry("NAPTR", List.of(LAST)),
          Map.entry("MB", List.of(LAST)),
          Map.entry("MG", List.of(LAST)),
          Map.entry("MR", List.of(LAST)),
          Map.entry("SOA", List.of(0, 1)),
          Map.entry("RP", List.of(0, 1)),
          Map.entry("MINFO", List.of(0, 1)),
          Map.entry("AFSDB", List.of(1)),
          Map.entry("KX", List.of(1)),
          Map.entry("LP", List.of(1)),
          Map.entry("SVCB", List.of(1)),
          Map.entry("HTTPS", List.of(1)),
          Map.entry("IPSECKEY", List.of(3)));

  private static final Pattern SPACES = Pattern.compile("[ \\t\\r\\n]+");
  private static final Pattern FOREIGN = Pattern.compile("[^\\p{ASCII}]|\\\\[12]");

  /** Names of services that people choose from a list are in UTF-8 (RFC 6763, section 4.1.1). */
  private static final Pattern OF_SERVICE = Pattern.compile("(?i)(^|\\.)_(tcp|udp)(\\.|$)");

  private InternationalNames() {}

  /** What is wrong with names of a record; empty when nothing is. */
  public static Optional<String> fault(RecordRow row) {
    Optional<String> owner = meant(NameText.of(row.owner()));
    return owner.isPresent()
        ? owner.map(text -> "its name " + GivenName.foreign(text))
        : contentFault(row);
  }

  private static Optional<String> contentFault(RecordRow row) {
    List<Integer> places = NAMES.getOrDefault(row.type(), List.of());
    if (places.isEmpty() || !FOREIGN.matcher(row.content()).find()) {
      return Optional.empty();
    }
    String[] words = SPACES.split(row.content().strip());
    return places.stream()
        .map(place -> place == LAST ? words.length - 1 : place)
        .filter(place -> place < words.length)
        .map(place -> words[place])
        .flatMap(name -> meant(name).stream())
        .map(text -> "the name '" + text + "' " + GivenName.foreign(text))
        .findFirst();
  }

  /** The international name that it stands for; empty when it is another one. */
  private static Optional<String> meant(String name) {
    boolean ascii = name.chars().allMatch(c -> c < 0x80);
    if (ascii && (name.indexOf('\\') < 0 || OF_SERVICE.matcher(name).find())) {
      return Optional.empty();
    }
    return typed(name).filter(text -> text.chars().anyMatch(c -> c >= 0x80));
  }

  /** What somebody has typed, whose bytes are UTF-8; empty when they are not. */
  private static Optional<String> typed(String name) {
    try {
      Name parsed = Name.fromString(escaped(name), Name.root);
      StringBuilder text = new StringBuilder();
      for (int label = 0; label < parsed.labels() - 1; label++) {
        byte[] wire = parsed.getLabel(label);
        text.append(label == 0 ? "" : ".")
            .append(
                StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(wire, 1, wire.length - 1)));
      }
      return Optional.of(text.toString());
    } catch (TextParseException | CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static String escaped(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return IntStream.range(0, bytes.length)
        .mapToObj(i -> bytes[i] < 0 ? "\\%03d".formatted(bytes[i] & 0xff) : "" + (char) bytes[i])
        .collect(Collectors.joining());
  }
}
