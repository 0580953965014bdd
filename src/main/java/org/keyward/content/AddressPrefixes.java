package org.keyward.content;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** APL (RFC 3123). PowerDNS sends the bits of the prefix alone, not those of a host behind it. */
final class AddressPrefixes implements Layout {
  private static final int NEGATED = 0x80;

  @Override
  public void read(Text in, Wire out) throws ContentException {
    for (String item : Text.string(in.rest()).split(" +")) {
      if (!item.isEmpty()) {
        read(item, out);
      }
    }
  }

  private static void read(String item, Wire out) throws ContentException {
    boolean negated = item.startsWith("!");
    String plain = negated ? item.substring(1) : item;
    int slash = plain.indexOf('/');
    boolean ipv4 = plain.startsWith("1:");
    if (slash < 2 || !(ipv4 || plain.startsWith("2:"))) {
      throw fault(item);
    }
    String text = plain.substring(2, slash);
    Optional<byte[]> address = ipv4 ? Addresses.ipv4(text) : Addresses.ipv6(text);
    int bits = bits(plain.substring(slash + 1), ipv4 ? 32 : 128);
    byte[] masked = Addresses.masked(address.orElseThrow(() -> fault(item)), bits);
    int length = masked.length;
    while (length > 0 && masked[length - 1] == 0) {
      length--;
    }
    out.u16(ipv4 ? 1 : 2);
    out.u8(bits);
    out.u8((negated ? NEGATED : 0) | length);
    out.bytes(java.util.Arrays.copyOf(masked, length));
  }

  /** All when there is none. Of more than all each release makes something else. */
  private static int bits(String text, int all) throws ContentException {
    return text.isEmpty() ? all : Numbers.leading(text, all);
  }

  private static ContentException fault(String item) {
    return new ContentException("'" + item + "' is not [!]1:address/bits or [!]2:address/bits");
  }

  @Override
  public String write(Data data) throws ContentException {
    List<String> items = new ArrayList<>();
    while (!data.atEnd()) {
      int family = data.u16();
      int bits = data.u8();
      int length = data.u8();
      if (family != 1 && family != 2) {
        throw new ContentException("PowerDNS knows no address family " + family);
      }
      byte[] address = new byte[family == 1 ? Addresses.IPV4 : Addresses.IPV6];
      byte[] there = data.bytes(length & (NEGATED - 1));
      if (there.length > address.length) {
        throw new ContentException("an address is too long");
      }
      System.arraycopy(there, 0, address, 0, there.length);
      items.add(
          (length < NEGATED ? "" : "!") + family + ":" + Addresses.text(address) + "/" + bits);
    }
    return String.join(" ", items);
  }

  @Override
  public boolean trims() {
    return false;
  }
}
