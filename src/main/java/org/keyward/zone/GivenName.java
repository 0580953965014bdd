package org.keyward.zone;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Names as people write them, whichever way they come. What a zone may be called is the database's.
 */
public final class GivenName {
  private static final Pattern ASCII = Pattern.compile("\\p{ASCII}*");

  /**
   * What IDNA 2003, which Java has, maps to something else than IDNA 2008 (RFC 5894, section 7.2).
   */
  private static final Pattern DEVIATION = Pattern.compile("[\u00df\u03c2\u200c\u200d]");

  private GivenName() {}

  /**
   * With or without its last dot.
   *
   * @throws IllegalArgumentException when it is none; an international name is refused, with what
   *     to write instead: whoever makes a zone is to see what it is called
   */
  public static Name parse(String text) {
    if (!ASCII.matcher(text).matches()) {
      throw new IllegalArgumentException("the name '" + text + "' " + foreign(text));
    }
    try {
      return Name.fromString(text.toLowerCase(Locale.ROOT), Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("'" + text + "' is not a domain name", e);
    }
  }

  /** What is wrong with a name outside ASCII. */
  static String foreign(String text) {
    return "has a character outside ASCII; write "
        + inAscii(text).orElse("the xn-- form of an international name");
  }

  private static Optional<String> inAscii(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    try {
      return DEVIATION.matcher(lower).find()
          ? Optional.empty()
          : Optional.of(IDN.toASCII(lower, IDN.ALLOW_UNASSIGNED));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
