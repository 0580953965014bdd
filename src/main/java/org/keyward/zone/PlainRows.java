package org.keyward.zone;

import java.util.List;
import org.xbill.DNS.Name;

/**
 * Recognises without parsing what is surely right: the usual types written in the usual way, which
 * is nearly everything in nearly every zone. What it does not recognise may be right all the same.
 */
final class PlainRows {
  private static final int MAX_LABEL = 63;

  /** Of a name in text; leaves room for one that has no final dot. */
  private static final int MAX_NAME = 253;

  /** Each is compared with each. */
  private static final int MANY = 16;

  private PlainRows() {}

  /**
   * Whether all of them can be served as they are.
   *
   * @param rows of one name
   */
  static boolean areServed(List<RecordRow> rows, Name origin) {
    if (rows.isEmpty() || rows.size() > MANY || !rows.get(0).owner().subdomain(origin)) {
      return false;
    }
    for (int i = 0; i < rows.size(); i++) {
      RecordRow row = rows.get(i);
      if (!isPlain(row, rows.size(), origin)) {
        return false;
      }
      for (int j = 0; j < i; j++) {
        if (mayBeTheSame(row, rows.get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Names are the same in upper and lower case, with and without a final dot. */
  private static boolean mayBeTheSame(RecordRow row, RecordRow other) {
    return row.type().equals(other.type())
        && (row.type().equals("SOA")
            || row.type().equals("AAAA")
            || withoutDot(row.content()).equalsIgnoreCase(withoutDot(other.content())));
  }

  private static String withoutDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static boolean isPlain(RecordRow row, int rows, Name origin) {
    if (row.ttl() < 0) {
      return false;
    }
    String content = row.content();
    return switch (row.type()) {
      case "A" -> isIpv4(content);
      case "AAAA" -> isIpv6(content);
      case "NS", "PTR" -> isName(content, 0, content.length());
      case "MX" -> isPreference(row.priority()) && isName(content, 0, content.length());
      case "CNAME" -> rows == 1 && isName(content, 0, content.length());
      case "TXT" -> isOneString(content);
      case "SOA" -> row.owner().equals(origin) && isSoa(content);
      default -> false;
    };
  }

  private static boolean isPreference(int number) {
    return number >= 0 && number <= 0xffff;
  }

  /** Four numbers without leading zeros. */
  private static boolean isIpv4(String text) {
    int numbers = 0;
    int at = 0;
    while (at <= text.length()) {
      int end = text.indexOf('.', at);
      end = end < 0 ? text.length() : end;
      if (!isNumber(text, at, end, 255)) {
        return false;
      }
      numbers++;
      at = end + 1;
    }
    return numbers == 4;
  }

  private static boolean isNumber(String text, int from, int to, long most) {
    if (from == to || to - from > 10 || (to - from > 1 && text.charAt(from) == '0')) {
      return false;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') {
        return false;
      }
      value = value * 10 + digit - '0';
    }
    return value <= most;
  }

  /** Eight groups, or fewer with one {@code ::} in the middle or at the end. */
  private static boolean isIpv6(String text) {
    int groups = 0;
    int digits = 0;
    boolean gap = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ':') {
        boolean second = i > 0 && text.charAt(i - 1) == ':';
        if (i == 0 || (second && gap) || (!second && digits == 0)) {
          return false;
        }
        gap |= second;
        digits = 0;
      } else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
        groups += digits == 0 ? 1 : 0;
        if (++digits > 4) {
          return false;
        }
      } else {
        return false;
      }
    }
    boolean open = text.endsWith(":") && !text.endsWith("::");
    return !open && (gap ? groups < 7 : groups == 8);
  }

  /** Letters, digits, hyphens and underscores between dots. */
  private static boolean isName(String text, int from, int to) {
    int label = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c == '.') {
        if (label == 0) {
          return false;
        }
        label = 0;
      } else if (++label > MAX_LABEL || !isNameCharacter(c)) {
        return false;
      }
    }
    return to > from && to - from <= MAX_NAME;
  }

  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || c == '-'
        || c == '_';
  }

  /** One string in quotes without escapes. */
  private static boolean isOneString(String text) {
    int last = text.length() - 1;
    if (last < 1 || last > 256 || text.charAt(0) != '"' || text.charAt(last) != '"') {
      return false;
    }
    for (int i = 1; i < last; i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  /** Two names and five numbers with one space between them. */
  private static boolean isSoa(String text) {
    int at = 0;
    for (int field = 0; field < 7; field++) {
      int end = field == 6 ? text.length() : text.indexOf(' ', at);
      long most = field == 2 ? 0xffffffffL : Integer.MAX_VALUE;
      if (end < 0 || !(field < 2 ? isName(text, at, end) : isNumber(text, at, end, most))) {
        return false;
      }
      at = end + 1;
    }
    return true;
  }
}
