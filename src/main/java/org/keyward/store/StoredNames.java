package org.keyward.store;

import java.util.Locale;
import java.util.Optional;
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

  static String of(Name name) {
    return name.equals(Name.root) ? "." : name.toString(true).toLowerCase(Locale.ROOT);
  }

  /** Both ways in which the name may be stored. */
  static String[] spellings(Name name) {
    return name.equals(Name.root) ? new String[] {".", ""} : new String[] {of(name)};
  }
}
