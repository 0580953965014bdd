package org.keyward.content;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Values of parameters of SVCB and HTTPS. */
final class ServiceValue {
  private static final String AUTO = "auto";
  private static final int MOST_ITEM = 0xff;
  private static final String EMPTY = "a parameter's value is empty";

  private ServiceValue() {}

  static byte[] read(ServiceKey key, boolean valued, Text in) throws ContentException {
    if (key.isLater()) {
      in.only(ServiceBinding.later(), "it has the parameter " + key.text());
    }
    if (key.number() == ServiceKey.NO_DEFAULT_ALPN) {
      if (valued) {
        throw new ContentException("'" + key.text() + "' has a value");
      }
      return new byte[0];
    }
    if (!valued) {
      boolean bare = key.number() == ServiceKey.OHTTP || key.number() > 9;
      if (!bare) {
        throw new ContentException("'" + key.text() + "' needs a value");
      }
      in.only(ServiceBinding.later(), "the parameter '" + key.text() + "' has no value");
      return new byte[0];
    }
    byte[] value =
        switch (key.number()) {
          case ServiceKey.MANDATORY -> mandatory(key, in);
          case ServiceKey.ALPN -> protocols(key, in);
          case ServiceKey.PORT -> port(key, in);
          case ServiceKey.IPV4_HINT -> hints(key, in, Addresses.IPV4);
          case ServiceKey.IPV6_HINT -> hints(key, in, Addresses.IPV6);
          case ServiceKey.ECH -> ech(key, in);
          case ServiceKey.OHTTP -> earlier(key, in);
          case ServiceKey.TLS_SUPPORTED_GROUPS -> groups(key, in);
          default -> ServiceString.read(in);
        };
    if (value.length == 0 && key.number() <= ServiceKey.DOH_PATH && !in.isLive()) {
      in.only(ServiceBinding.earlier(), EMPTY);
    }
    return value;
  }

  /** Later releases read it in another way. */
  private static byte[] earlier(ServiceKey key, Text in) throws ContentException {
    if (!key.generic()) {
      throw new ContentException("'" + key.text() + "' has a value");
    }
    in.only(ServiceBinding.earlier(), "the parameter '" + key.text() + "' has a value");
    return ServiceString.read(in);
  }

  private static byte[] groups(ServiceKey key, Text in) throws ContentException {
    if (key.generic()) {
      return earlier(key, in);
    }
    Wire groups = new Wire();
    for (String item : Text.string(ServiceString.read(in)).split(",")) {
      if (!item.isEmpty()) {
        groups.u16(Numbers.leading(item, 0xffff));
      }
    }
    return required(groups.toByteArray());
  }

  private static byte[] required(byte[] value) throws ContentException {
    if (value.length == 0) {
      throw new ContentException(EMPTY);
    }
    return value;
  }

  private static byte[] mandatory(ServiceKey key, Text in) throws ContentException {
    byte[] value = ServiceString.read(in);
    SortedSet<Integer> keys = new TreeSet<>();
    if (key.generic()) {
      if (value.length % 2 != 0) {
        throw new ContentException("'" + key.text() + "' is not of pairs of bytes");
      }
      for (int i = 0; i < value.length; i += 2) {
        keys.add(pair(value, i));
      }
    } else {
      for (byte[] item : ServiceString.list(value)) {
        ServiceKey named = ServiceKey.named(Text.string(item));
        if (named.isLater()) {
          in.only(ServiceBinding.later(), "it names the parameter " + named.text());
        }
        keys.add(named.number());
      }
    }
    Wire numbers = new Wire();
    keys.forEach(numbers::u16);
    return numbers.toByteArray();
  }

  /** PowerDNS takes both bytes for numbers with a sign. */
  private static int pair(byte[] value, int at) {
    return (value[at] << 8) + value[at + 1] & 0xffff;
  }

  private static byte[] protocols(ServiceKey key, Text in) throws ContentException {
    byte[] value = ServiceString.read(in);
    Wire items = new Wire();
    if (!key.generic()) {
      for (byte[] item : ServiceString.list(value)) {
        if (item.length > MOST_ITEM) {
          throw new ContentException("a protocol's name is longer than 255 bytes");
        }
        items.u8(item.length);
        items.bytes(item);
      }
      return items.toByteArray();
    }
    for (int at = 0; at < value.length; at += value[at] + 1) {
      if (value[at] < 0 || value[at] >= value.length - at) {
        throw new ContentException("'" + key.text() + "' has a length that is not right");
      }
      if (value[at] == 0) {
        in.only(Set.of(Release.R4_7), "a protocol's name is empty");
      }
    }
    return value;
  }

  private static byte[] port(ServiceKey key, Text in) throws ContentException {
    Wire port = new Wire();
    if (key.generic()) {
      byte[] value = ServiceString.read(in);
      if (value.length != 2) {
        throw new ContentException("'" + key.text() + "' is not of two bytes");
      }
      port.u16(pair(value, 0));
      return port.toByteArray();
    }
    int digits = 0;
    while (Text.isDigit(in.peek(digits))) {
      digits++;
    }
    if (digits == 0 || (in.peek(digits) >= 0 && in.peek(digits) != ' ')) {
      in.only(Set.of(Release.R4_9, Release.R5_1), "its port is not of digits alone");
    }
    String number = Text.string(ServiceString.read(in));
    if (number.isEmpty()) {
      in.only(Set.of(Release.R4_9), "its port is empty");
    }
    port.u16(number.isEmpty() ? 0 : Numbers.leading(number, 0xffff));
    return port.toByteArray();
  }

  private static byte[] hints(ServiceKey key, Text in, int length) throws ContentException {
    byte[] value = ServiceString.read(in);
    if (key.generic()) {
      if (value.length % length != 0) {
        throw new ContentException("'" + key.text() + "' is not of whole addresses");
      }
      return value;
    }
    Wire addresses = new Wire();
    for (byte[] item : ServiceString.list(value)) {
      String text = Text.string(item);
      if (text.equals(AUTO)) {
        in.setLive();
        return new byte[0];
      }
      addresses.bytes(
          (length == Addresses.IPV4 ? Addresses.ipv4(text) : Addresses.ipv6(text))
              .orElseThrow(() -> new ContentException("'" + text + "' is no such address")));
    }
    return addresses.toByteArray();
  }

  private static byte[] ech(ServiceKey key, Text in) throws ContentException {
    if (key.generic()) {
      return ServiceString.read(in);
    }
    boolean quoted = in.peek() == '"';
    if (quoted) {
      in.next();
      in.skipSpaces();
    }
    byte[] value = Encoded.base64(in, false);
    if (quoted) {
      if (in.peek() != '"') {
        throw new ContentException("the quote (\") after the value of ech is missing");
      }
      in.next();
    }
    return value;
  }

  /** A parameter as all releases read it, where there is such a form. */
  static String write(int key, byte[] value) throws ContentException {
    String text = ServiceKey.text(key);
    Data data = new Data(value);
    List<String> items = new ArrayList<>();
    switch (key) {
      case ServiceKey.NO_DEFAULT_ALPN -> {
        if (value.length > 0) {
          throw new ContentException("no-default-alpn has a value");
        }
        return text;
      }
      case ServiceKey.MANDATORY -> {
        while (!data.atEnd()) {
          items.add(ServiceKey.text(data.u16()));
        }
      }
      case ServiceKey.PORT -> items.add(String.valueOf(data.u16()));
      case ServiceKey.IPV4_HINT, ServiceKey.IPV6_HINT -> {
        int length = key == ServiceKey.IPV4_HINT ? Addresses.IPV4 : Addresses.IPV6;
        while (!data.atEnd()) {
          items.add(Addresses.text(data.bytes(length)));
        }
      }
      case ServiceKey.ECH -> items.add(Encoded.base64(value));
      case ServiceKey.ALPN -> {
        while (!data.atEnd()) {
          items.add(item(data.bytes(data.u8())));
        }
        return text + "=" + ServiceString.write(latin(String.join(",", items)));
      }
      case ServiceKey.OHTTP -> {
        return value.length == 0 ? "ohttp" : text + "=" + ServiceString.write(value);
      }
      default -> {
        return text + "=" + ServiceString.write(value);
      }
    }
    return text + "=" + String.join(",", items);
  }

  private static String item(byte[] item) {
    return Text.string(item).replace("\\", "\\\\").replace(",", "\\,");
  }

  private static byte[] latin(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
