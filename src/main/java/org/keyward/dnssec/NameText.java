package org.keyward.dnssec;

import org.xbill.DNS.Name;

/**
 * Names as text. Nobody else writes one: dnsjava's {@link Name#toString()} has a last dot, which
 * outputs do not have (docs/decisions/0023-forms-in-outputs.md).
 */
public final class NameText {
  private NameText() {}

  /**
   * For people and in data: without a last dot, as PowerDNS's tools write names; the root is a dot.
   */
  public static String of(Name name) {
    return name.toString(true);
  }

  /** What is said of a name, which is put in front unless it stands there. */
  public static String about(Name name, String said) {
    String text = of(name);
    return said.startsWith(text + " ") || said.startsWith(text + ":") ? said : text + ": " + said;
  }

  /** With the last dot, which says that the name is whole: for master files and for PowerDNS. */
  public static String absolute(Name name) {
    return name.toString();
  }
}
