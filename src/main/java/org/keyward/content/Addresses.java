package org.keyward.content;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Addresses as the C library's {@code inet_pton} reads them. */
final class Addresses {
  static final int IPV4 = 4;
  static final int IPV6 = 16;
  private static final int GROUPS = 8;

  private Addresses() {}

  /** Four numbers without leading zeros. */
  static Optional<byte[]> ipv4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != IPV4) {
      return Optional.empty();
    }
    byte[] address = new byte[IPV4];
    for (int i = 0; i < IPV4; i++) {
      if (!parts[i].matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(parts[i]) > 255) {
        return Optional.empty();
      }
      address[i] = (byte) Integer.parseInt(parts[i]);
    }
    return Optional.of(address);
  }

  static Optional<byte[]> ipv6(String text) {
    int gap = text.indexOf("::");
    String head = gap < 0 ? text : text.substring(0, gap);
    String tail = gap < 0 ? "" : text.substring(gap + 2);
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    boolean read =
        groups(head, gap < 0, before) && groups(tail, true, after) && !(gap < 0 && head.isEmpty());
    int there = before.size() + after.size();
    if (!read || (gap < 0 ? there != GROUPS : there >= GROUPS)) {
      return Optional.empty();
    }
    byte[] address = new byte[IPV6];
    put(address, 0, before);
    put(address, GROUPS - after.size(), after);
    return Optional.of(address);
  }

  private static boolean groups(String text, boolean last, List<Integer> groups) {
    if (text.isEmpty()) {
      return true;
    }
    String[] parts = text.split(":", -1);
    for (int i = 0; i < parts.length; i++) {
      if (parts[i].matches("[0-9A-Fa-f]{1,4}")) {
        groups.add(Integer.parseInt(parts[i], 16));
        continue;
      }
      Optional<byte[]> mapped = ipv4(parts[i]);
      if (mapped.isEmpty() || !last || i != parts.length - 1) {
        return false;
      }
      byte[] octets = mapped.get();
      groups.add((octets[0] & 0xff) << 8 | (octets[1] & 0xff));
      groups.add((octets[2] & 0xff) << 8 | (octets[3] & 0xff));
    }
    return true;
  }

  private static void put(byte[] address, int group, List<Integer> values) {
    for (int i = 0; i < values.size(); i++) {
      address[2 * (group + i)] = (byte) (values.get(i) >> 8);
      address[2 * (group + i) + 1] = (byte) (int) values.get(i);
    }
  }

  static String text(byte[] address) {
    return address.length == IPV4 ? text4(address) : text6(address);
  }

  private static String text4(byte[] address) {
    return (address[0] & 0xff)
        + "."
        + (address[1] & 0xff)
        + "."
        + (address[2] & 0xff)
        + "."
        + (address[3] & 0xff);
  }

  /** With the longest row of zeros left out (RFC 5952). */
  private static String text6(byte[] address) {
    int best = -1;
    int most = 1;
    for (int i = 0; i < GROUPS; i++) {
      int zeros = 0;
      while (i + zeros < GROUPS && group(address, i + zeros) == 0) {
        zeros++;
      }
      if (zeros > most) {
        best = i;
        most = zeros;
      }
    }
    if (best < 0) {
      return text(address, 0, GROUPS);
    }
    return text(address, 0, best) + "::" + text(address, best + most, GROUPS);
  }

  private static int group(byte[] address, int at) {
    return (address[2 * at] & 0xff) << 8 | (address[2 * at + 1] & 0xff);
  }

  private static String text(byte[] address, int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(i == from ? "" : ":").append(Integer.toHexString(group(address, i)));
    }
    return text.toString();
  }

  /** The address without what is behind the first bits. */
  static byte[] masked(byte[] address, int bits) {
    byte[] masked = Arrays.copyOf(address, address.length);
    for (int i = 0; i < masked.length; i++) {
      int kept = Math.max(0, Math.min(8, bits - 8 * i));
      masked[i] &= (byte) (0xff << (8 - kept));
    }
    return masked;
  }
}
