package org.keyward.store;

import java.util.Locale;
import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Names as PowerDNS's tables hold them: lower case, no trailing dot, the root as a dot or empty.
 */
final class StoredNames {
  private StoredNames() {}

  /** Empty when the text is no domain name. */
  static Optional<Name> parse(String stored) {
    try {
      return stored == null
          ? Optional.empty()
          : Optional.of(Name.fromString(stored.toLowerCase(Locale.ROOT), Name.root));
    } catch (TextParseException e) {
      return Optional.empty();
    }
  }

  /**
   * The same for a name that most likely is in a zone: only its own labels are parsed.
   *
   * @param origin of the zone; itself where the name is the same
   * @param storedOrigin the origin as {@link #of} gives it
   */
  static Optional<Name> parse(String stored, Name origin, String storedOrigin) {
    if (stored == null) {
      return Optional.empty();
    }
    int inside = stored.length() - storedOrigin.length() - 1;
    if (inside == -1 && stored.equals(storedOrigin)) {
      return Optional.of(origin);
    }
    if (inside > 0 && stored.charAt(inside) == '.' && stored.endsWith(storedOrigin)) {
      String relative = stored.substring(0, inside);
      if (isPlain(relative)) {
        try {
          return Optional.of(Name.fromString(relative, origin));
        } catch (TextParseException e) {
          return Optional.empty();
        }
      }
    }
    return parse(stored);
  }

  /** Whether it is labels with dots between, nothing in them with a meaning of its own. */
  private static boolean isPlain(String relative) {
    if (relative.endsWith(".")) {
      return false;
    }
    for (int i = 0; i < relative.length(); i++) {
      char c = relative.charAt(i);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!plain && c != '.') {
        return false;
      }
    }
    return true;
  }

  static String of(Name name) {
    return NameText.of(name).toLowerCase(Locale.ROOT);
  }

  /** Both ways in which the name may be stored. */
  static String[] spellings(Name name) {
    return name.equals(Name.root) ? new String[] {".", ""} : new String[] {of(name)};
  }
}
