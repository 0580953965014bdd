package org.keyward.content;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A part of a record's data, between text and wire. */
enum Field {
  U8 {
    @Override
    void read(Text in, Wire out) throws ContentException {
      out.u8((int) in.number(0xff));
    }

    @Override
    String write(Data data) throws ContentException {
      return String.valueOf(data.u8());
    }
  },
  U16 {
    @Override
    void read(Text in, Wire out) throws ContentException {
      out.u16((int) in.number(0xffff));
    }

    @Override
    String write(Data data) throws ContentException {
      return String.valueOf(data.u16());
    }
  },
  U32 {
    @Override
    void read(Text in, Wire out) throws ContentException {
      out.u32(in.number(0xffffffffL));
    }

    @Override
    String write(Data data) throws ContentException {
      return String.valueOf(data.u32());
    }
  },
  /** Of a certificate; 0 is reserved. */
  CERTIFICATE_TYPE {
    @Override
    void read(Text in, Wire out) throws ContentException {
      int type = (int) in.number(0xffff);
      if (type == 0) {
        throw new ContentException("the certificate's type 0 is reserved");
      }
      out.u16(type);
    }

    @Override
    String write(Data data) throws ContentException {
      return String.valueOf(data.u16());
    }
  },
  /** Seconds, or a time in 14 digits. */
  TIME {
    @Override
    void read(Text in, Wire out) throws ContentException {
      out.u32(Times.parse(in.number(99_999_999_999_999L)));
    }

    @Override
    String write(Data data) throws ContentException {
      return Times.format(data.u32());
    }
  },
  /** Leading zeros do no harm. */
  IPV4 {
    @Override
    void read(Text in, Wire out) throws ContentException {
      in.skipSpaces();
      int from = in.position();
      while (!in.atEnd() && !Text.isSpace(in.peek()) && in.peek() != ',') {
        in.next();
      }
      String address = Text.string(in.since(from));
      out.bytes(
          Addresses.ipv4(address.replaceAll("(?<![0-9])0+(?=[0-9])", ""))
              .orElseThrow(() -> new ContentException("'" + address + "' is no IPv4 address")));
    }

    @Override
    String write(Data data) throws ContentException {
      return Addresses.text(data.bytes(Addresses.IPV4));
    }
  },
  IPV6 {
    @Override
    void read(Text in, Wire out) throws ContentException {
      String address = Field.colonDigits(in, '.');
      out.bytes(
          Addresses.ipv6(address)
              .orElseThrow(() -> new ContentException("'" + address + "' is no IPv6 address")));
    }

    @Override
    String write(Data data) throws ContentException {
      return Addresses.text(data.bytes(Addresses.IPV6));
    }
  },
  /** Half of an IPv6 address. */
  LOCATOR {
    @Override
    void read(Text in, Wire out) throws ContentException {
      String half = Field.colonDigits(in, ':');
      byte[] address =
          Addresses.ipv6(half + ":0:0:0:0")
              .orElseThrow(
                  () -> new ContentException("'" + half + "' is not four groups of digits with :"));
      out.bytes(Arrays.copyOf(address, LOCATOR_LENGTH));
    }

    @Override
    String write(Data data) throws ContentException {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < LOCATOR_LENGTH; i += 2) {
        text.append(i == 0 ? "" : ":").append("%04x".formatted(data.u16()));
      }
      return text.toString();
    }
  },
  NAME {
    @Override
    void read(Text in, Wire out) throws ContentException {
      in.skipSpaces();
      int from = in.position();
      while (!in.atEnd() && (in.peek() == '\r' || !Text.isSpace(in.peek()))) {
        in.next();
      }
      out.bytes(Names.parse(in.since(from)));
    }

    @Override
    String write(Data data) throws ContentException {
      return Names.read(data);
    }
  },
  /** One string. */
  STRING {
    @Override
    void read(Text in, Wire out) throws ContentException {
      Strings.toWire(Strings.read(in, false), out);
    }

    @Override
    String write(Data data) throws ContentException {
      return Strings.quote(data.bytes(data.u8()));
    }
  },
  /** All strings that are left. */
  STRINGS {
    @Override
    void read(Text in, Wire out) throws ContentException {
      Strings.toWire(Strings.read(in, true), out);
    }

    @Override
    String write(Data data) throws ContentException {
      List<String> strings = new ArrayList<>();
      while (!data.atEnd()) {
        strings.add(Strings.quote(data.bytes(data.u8())));
      }
      return strings.isEmpty() ? "\"\"" : String.join(" ", strings);
    }
  },
  /** The bytes of all strings that are left, without lengths. */
  VALUE {
    @Override
    void read(Text in, Wire out) throws ContentException {
      List<byte[]> strings = Strings.read(in, true);
      if (strings.isEmpty()) {
        out.u8(0);
      }
      strings.forEach(out::bytes);
    }

    @Override
    String write(Data data) {
      return Strings.quote(data.rest());
    }
  },
  /** A word as it is. */
  TAG {
    @Override
    void read(Text in, Wire out) throws ContentException {
      in.skipSpaces();
      int from = in.position();
      in.next();
      while (!in.atEnd() && in.peek() != ' ') {
        in.next();
      }
      byte[] tag = in.since(from);
      if (tag.length > 0xff) {
        throw new ContentException("the tag is longer than 255 characters");
      }
      out.u8(tag.length);
      out.bytes(tag);
    }

    @Override
    String write(Data data) throws ContentException {
      byte[] tag = data.bytes(data.u8());
      for (byte c : tag) {
        if (!Text.isAlphanumeric(c)) {
          throw new ContentException("its tag is not of letters and digits");
        }
      }
      return tag.length == 0 ? Field.absent("its tag") : Text.string(tag);
    }
  },
  BASE64 {
    @Override
    void read(Text in, Wire out) throws ContentException {
      in.skipSpaces();
      out.bytes(Encoded.base64(in, true));
    }

    @Override
    String write(Data data) throws ContentException {
      byte[] rest = data.rest();
      return rest.length == 0 ? Field.absent("what is in base64") : Encoded.base64(rest);
    }
  },
  /** What is no letter and no digit means nothing. */
  HEX {
    @Override
    void read(Text in, Wire out) throws ContentException {
      in.skipSpaces();
      out.bytes(Encoded.hex(in));
    }

    @Override
    String write(Data data) {
      byte[] rest = data.rest();
      return rest.length == 0 ? "-" : Encoded.hex(rest);
    }
  },
  TYPE {
    @Override
    void read(Text in, Wire out) throws ContentException {
      out.u16(RecordType.listed(in));
    }

    @Override
    String write(Data data) throws ContentException {
      return RecordType.listed(data.u16());
    }
  },
  /** A bitmap of types (RFC 4034, section 4.1.2). */
  TYPES {
    @Override
    void read(Text in, Wire out) throws ContentException {
      List<Integer> types = new ArrayList<>();
      while (!in.atEnd()) {
        types.add(RecordType.listed(in));
      }
      Bitmaps.write(types, out);
    }

    @Override
    String write(Data data) throws ContentException {
      return Bitmaps.read(data).stream().map(RecordType::listed).collect(Collectors.joining(" "));
    }
  };

  private static final int LOCATOR_LENGTH = 8;

  abstract void read(Text in, Wire out) throws ContentException;

  /** A word, or several; empty when there is none. */
  abstract String write(Data data) throws ContentException;

  /** Hexadecimal digits, colons, and the other character. */
  private static String colonDigits(Text in, char other) throws ContentException {
    in.skipSpaces();
    int from = in.position();
    while (Character.digit(in.peek(), 16) >= 0 || in.peek() == ':' || in.peek() == other) {
      in.next();
    }
    return new String(in.since(from), StandardCharsets.US_ASCII);
  }

  private static String absent(String what) throws ContentException {
    throw new ContentException(what + " is empty, for which PowerDNS has no form");
  }
}
