package org.keyward.content;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses of other servers, as PowerDNS reads them. Each is an IP address; a name is none, and
 * ends PowerDNS in some places.
 */
public final class HostAddress {
  private static final Pattern WITH_PORT = Pattern.compile("([^:\\[\\]]*):([0-9]{1,5})");
  private static final Pattern IN_BRACKETS = Pattern.compile("\\[([^\\]]*)](?::([0-9]{1,5}))?");
  private static final Pattern PREFIX = Pattern.compile("([^/]*)(?:/([0-9]{1,3}))?");
  private static final int MOST_OF_PORT = 65_535;
  private static final int MOST_OF_LENGTH = 255;

  private HostAddress() {}

  /** Whether it is the address of a server, with or without a port. */
  public static boolean isServer(String text) {
    return isAddress(text)
        || isServer(WITH_PORT.matcher(text), false)
        || isServer(IN_BRACKETS.matcher(text), true);
  }

  private static boolean isServer(Matcher parts, boolean six) {
    return parts.matches()
        && (six ? isSix(parts.group(1)) : Addresses.ipv4(parts.group(1)).isPresent())
        && (parts.group(2) == null || Integer.parseInt(parts.group(2)) <= MOST_OF_PORT);
  }

  /** Whether it is an address, or the addresses that begin with the same bits. */
  public static boolean isPrefix(String text) {
    Matcher parts = PREFIX.matcher(text);
    return parts.matches()
        && isAddress(parts.group(1))
        && (parts.group(2) == null || Integer.parseInt(parts.group(2)) <= MOST_OF_LENGTH);
  }

  private static boolean isAddress(String text) {
    return Addresses.ipv4(text).isPresent() || isSix(text);
  }

  /** With the number of an interface; whether there is one of that name only its host knows. */
  private static boolean isSix(String text) {
    return Addresses.ipv6(text.replaceFirst("%[0-9]{1,9}$", "")).isPresent();
  }
}
