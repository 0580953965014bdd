package org.keyward.zone;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.RecordType;
import org.xbill.DNS.Address;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** Types of master files that dnsjava does not read, or not in every form that is right. */
final class MissingTypes {
  private static final int AMTRELAY = 260;
  private static final int DSYNC = 66;

  /** Types newer than dnsjava; PowerDNS's own ones are in {@link RecordType}. */
  private static final Map<String, Integer> LATER = Map.of("DSYNC", DSYNC, "CLA", 263, "IPN", 264);

  /** NINFO, AVC, RESINFO, WALLET and CLA: strings like those of TXT. */
  private static final Set<Integer> STRINGS = Set.of(56, 258, 261, 262, 263);

  private MissingTypes() {}

  /** The number of a type; empty when nobody knows it. */
  static Optional<Integer> number(String name) {
    int known = Type.value(name, true);
    if (known > 0) {
      return Optional.of(known);
    }
    if (LATER.containsKey(name)) {
      return Optional.of(LATER.get(name));
    }
    try {
      return Optional.of(RecordType.named(name).number());
    } catch (ContentException e) {
      return Optional.empty();
    }
  }

  /** From text to wire; empty for types that dnsjava reads. */
  static Optional<byte[]> read(int type, String text, Name origin) throws IOException {
    if (STRINGS.contains(type)) {
      return Optional.of(strings(text));
    }
    String[] words = text.split(" ");
    return switch (type) {
      case Type.GPOS -> Optional.of(position(text));
      case DSYNC -> Optional.of(synchronization(words, origin));
      case AMTRELAY -> Optional.of(relay(words, origin));
      default -> Optional.empty();
    };
  }

  private static byte[] strings(String text) throws IOException {
    return Content.read("SPF", text).data();
  }

  /** GPOS (RFC 1712): three strings. */
  private static byte[] position(String text) throws IOException {
    byte[] strings = strings(text);
    int count = 0;
    for (int at = 0; at < strings.length; at += 1 + (strings[at] & 0xff)) {
      count++;
    }
    if (count != 3) {
      throw new IOException("it has not three strings");
    }
    return strings;
  }

  /** DSYNC (RFC 9859): type, scheme, port and target. */
  private static byte[] synchronization(String[] words, Name origin) throws IOException {
    require(words, 4);
    DNSOutput out = new DNSOutput();
    out.writeU16(number(words[0]).orElseThrow(() -> new IOException(words[0] + " is no type")));
    out.writeU8(words[1].equals("NOTIFY") ? 1 : unsigned(words[1], 0xff));
    out.writeU16(unsigned(words[2], 0xffff));
    out.writeByteArray(Name.fromString(words[3], origin).toWire());
    return out.toByteArray();
  }

  /** AMTRELAY (RFC 8777): precedence, discovery, type and relay. */
  private static byte[] relay(String[] words, Name origin) throws IOException {
    require(words, 4);
    int kind = unsigned(words[2], 3);
    DNSOutput out = new DNSOutput();
    out.writeU8(unsigned(words[0], 0xff));
    out.writeU8(unsigned(words[1], 1) << 7 | kind);
    switch (kind) {
      case 1 -> out.writeByteArray(address(words[3], Address.IPv4));
      case 2 -> out.writeByteArray(address(words[3], Address.IPv6));
      case 3 -> out.writeByteArray(Name.fromString(words[3], origin).toWire());
      default -> {
        if (!words[3].equals(".")) {
          throw new IOException("without a relay it is written as a dot");
        }
      }
    }
    return out.toByteArray();
  }

  private static byte[] address(String text, int family) throws IOException {
    byte[] address = Address.toByteArray(text, family);
    if (address == null) {
      throw new IOException("'" + text + "' is no such address");
    }
    return address;
  }

  private static void require(String[] words, int count) throws IOException {
    if (words.length != count) {
      throw new IOException("it has " + words.length + " fields, not " + count);
    }
  }

  private static int unsigned(String text, int most) throws IOException {
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > most) {
      throw new IOException("'" + text + "' is no number up to " + most);
    }
    return Integer.parseInt(text);
  }
}
