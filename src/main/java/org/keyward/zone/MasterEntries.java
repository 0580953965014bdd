package org.keyward.zone;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.TTL;
import org.xbill.DNS.TextParseException;

/**
 * The records of a master file, their data still text: owner, TTL, class and type are found, the
 * directives carried out. {@code $INCLUDE} is refused: whoever may send a zone must not read this
 * machine's files with it.
 */
final class MasterEntries {
  /** What takes the records. */
  interface Sink {
    void take(Entry entry) throws IOException;
  }

  /**
   * A record.
   *
   * @param type as it is written, in upper case
   * @param data words with one space between them
   * @param origin that names in the data are relative to
   */
  record Entry(Name owner, long ttl, String type, String data, Name origin) {}

  private static final Pattern TTL_BEGIN = Pattern.compile("-?[0-9]");
  private static final Pattern SECONDS = Pattern.compile("[0-9]+");
  private static final BigInteger MOST_SECONDS = BigInteger.valueOf(Integer.MAX_VALUE);

  private final MasterLines lines;
  private final Sink sink;
  private Name origin;
  private Name owner;
  private OptionalLong defaultTtl = OptionalLong.empty();
  private OptionalLong lastTtl = OptionalLong.empty();

  private MasterEntries(InputStream in, Name origin, Sink sink) {
    this.lines = new MasterLines(in);
    this.origin = origin;
    this.sink = sink;
  }

  /**
   * Reads all records.
   *
   * @throws IOException naming the line that is wrong
   */
  static void read(InputStream in, Name origin, Sink sink) throws IOException {
    MasterEntries entries = new MasterEntries(in, origin, sink);
    while (entries.lines.next()) {
      try {
        entries.line(entries.lines.words());
      } catch (TextParseException | IllegalArgumentException e) {
        throw entries.lines.fault(plain(e));
      }
    }
  }

  /** Without the place that dnsjava names: it is in a text of its own. */
  private static String plain(Exception e) {
    return String.valueOf(e.getMessage()).replaceFirst("^<none>:\\d+: ", "");
  }

  private void line(List<String> words) throws IOException {
    switch (words.get(0).toUpperCase(Locale.ROOT)) {
      case "$ORIGIN" -> {
        refuseForeign(1);
        origin = Name.fromString(argument(words), origin);
      }
      case "$TTL" -> defaultTtl = OptionalLong.of(ttl(argument(words)));
      case "$INCLUDE" ->
          throw lines.fault(
              "$INCLUDE is not taken; put the files together first: named-compilezone does it");
      case "$GENERATE" -> generate(words);
      default -> {
        if (!lines.isIndented()) {
          refuseForeign(0);
        }
        record(words, lines.isIndented());
      }
    }
  }

  /** An international name is refused as everywhere, with what to write. */
  private void refuseForeign(int word) {
    lines.foreign(word).ifPresent(GivenName::parse);
  }

  private String argument(List<String> words) throws IOException {
    if (words.size() != 2) {
      throw lines.fault(words.get(0) + " needs one argument");
    }
    return words.get(1);
  }

  private void generate(List<String> words) throws IOException {
    if (words.size() < 5) {
      throw lines.fault("$GENERATE needs a range, a name, a type and data");
    }
    refuseForeign(2);
    GeneratedRange range = GeneratedRange.parse(words.get(1));
    for (long i = range.first(); i <= range.last(); i += range.step()) {
      List<String> made = new ArrayList<>();
      for (String word : words.subList(2, words.size())) {
        made.add(GeneratedRange.replace(word, i));
      }
      record(made, false);
    }
  }

  private void record(List<String> words, boolean inherits) throws IOException {
    int at = 0;
    if (!inherits) {
      owner = Name.fromString(words.get(at++), origin);
    } else if (owner == null) {
      throw lines.fault("there is no name before it");
    }
    OptionalLong ttl = OptionalLong.empty();
    boolean classed = false;
    while (at < words.size()) {
      String word = words.get(at);
      if (ttl.isEmpty() && TTL_BEGIN.matcher(word).lookingAt()) {
        ttl = OptionalLong.of(ttl(word));
      } else if (!classed && DClass.value(word) >= 0) {
        classed = true;
        if (DClass.value(word) != DClass.IN) {
          throw lines.fault("its class is " + word + "; a zone is of the class IN");
        }
      } else {
        break;
      }
      at++;
    }
    if (at == words.size()) {
      throw lines.fault("the type is missing");
    }
    String type = words.get(at).toUpperCase(Locale.ROOT);
    String data = String.join(" ", words.subList(at + 1, words.size()));
    take(new Entry(owner, ttl(ttl, type, words), type, data, origin));
  }

  /** dnsjava takes one that is too large (RFC 2181, section 8) for the largest. */
  private long ttl(String word) throws IOException {
    if (word.startsWith("-")) {
      throw lines.fault("its TTL is negative; give seconds, for example 3600");
    }
    if (SECONDS.matcher(word).matches() && new BigInteger(word).compareTo(MOST_SECONDS) > 0) {
      throw lines.fault("its TTL is too large; write seconds up to " + MOST_SECONDS);
    }
    return TTL.parseTTL(word);
  }

  private void take(Entry entry) throws IOException {
    try {
      sink.take(entry);
    } catch (IOException e) {
      throw lines.fault(NameText.of(entry.owner()) + " " + entry.type() + ": " + plain(e));
    }
  }

  /** Without a TTL it is the default one, that of the record before, or of a SOA its minimum. */
  private long ttl(OptionalLong written, String type, List<String> words) throws IOException {
    OptionalLong ttl = written.isPresent() ? written : defaultTtl;
    ttl = ttl.isPresent() ? ttl : lastTtl;
    if (ttl.isEmpty() && type.equals("SOA")) {
      ttl = OptionalLong.of(ttl(words.get(words.size() - 1)));
    }
    if (ttl.isEmpty()) {
      throw lines.fault("the TTL is missing; begin the file with $TTL");
    }
    lastTtl = ttl;
    return ttl.getAsLong();
  }
}
