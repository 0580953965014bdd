package org.keyward.dnssec;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.xbill.DNS.Address;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/** A part of a record's data, between its presentation and its wire form. */
enum RecordField {
  NUMBER8 {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      out.writeU8(in.getUInt8());
    }

    @Override
    String text(DNSInput in) throws IOException {
      return String.valueOf(in.readU8());
    }
  },
  NUMBER16 {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      out.writeU16(in.getUInt16());
    }

    @Override
    String text(DNSInput in) throws IOException {
      return String.valueOf(in.readU16());
    }
  },
  NUMBER32 {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      out.writeU32(in.getUInt32());
    }

    @Override
    String text(DNSInput in) throws IOException {
      return String.valueOf(in.readU32());
    }
  },
  ADDRESS {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      out.writeByteArray(in.getAddressBytes(Address.IPv4));
    }

    @Override
    String text(DNSInput in) throws IOException {
      return InetAddress.getByAddress(in.readByteArray(4)).getHostAddress();
    }
  },
  /** Four groups of up to four hexadecimal digits: {@code 2001:0db8:1140:1000}. */
  LOCATOR {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      String padded =
          Arrays.stream(in.getString().split(":", -1))
              .map(group -> "0".repeat(Math.max(0, 4 - group.length())) + group)
              .collect(Collectors.joining(":"));
      out.writeByteArray(hex(padded, ':', 2, 4));
    }

    @Override
    String text(DNSInput in) throws IOException {
      return hexText(in, ':', 2, 4);
    }
  },
  EUI48 {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      out.writeByteArray(hex(in.getString(), '-', 1, 6));
    }

    @Override
    String text(DNSInput in) throws IOException {
      return hexText(in, '-', 1, 6);
    }
  },
  EUI64 {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      out.writeByteArray(hex(in.getString(), '-', 1, 8));
    }

    @Override
    String text(DNSInput in) throws IOException {
      return hexText(in, '-', 1, 8);
    }
  },
  NAME {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      out.writeByteArray(in.getName(origin).toWire());
    }

    @Override
    String text(DNSInput in) throws IOException {
      return NameText.absolute(new Name(in));
    }
  },
  /** All that is left. */
  BASE64 {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      try {
        out.writeByteArray(Base64.getDecoder().decode(String.join("", rest(in))));
      } catch (IllegalArgumentException e) {
        throw in.exception("the key is not in base64");
      }
    }

    @Override
    String text(DNSInput in) {
      return Base64.getEncoder().encodeToString(in.readByteArray());
    }
  },
  /** A bitmap of types (RFC 4034, section 4.1.2): as in an NSEC record, whose code makes it. */
  TYPES {
    @Override
    void read(Tokenizer in, Name origin, DNSOutput out) throws IOException {
      List<Integer> types = new ArrayList<>();
      for (String word : rest(in)) {
        int type = Type.value(word, true);
        if (type < 0) {
          throw in.exception("'" + word + "' is no record type");
        }
        types.add(type);
      }
      int[] listed = types.stream().mapToInt(Integer::intValue).toArray();
      byte[] nsec =
          new NSECRecord(Name.root, DClass.IN, 0, Name.root, listed).rdataToWireCanonical();
      out.writeByteArray(nsec, 1, nsec.length - 1);
    }

    @Override
    String text(DNSInput in) throws IOException {
      byte[] bitmap = in.readByteArray();
      byte[] nsec = new byte[bitmap.length + 1];
      System.arraycopy(bitmap, 0, nsec, 1, bitmap.length);
      Record types = Record.newRecord(Name.root, Type.NSEC, DClass.IN, 0, nsec);
      if (types == null) {
        throw new IOException("the list of types is cut off");
      }
      return types.rdataToString().substring(1).strip();
    }
  };

  /** From the words of a master file to the wire. */
  abstract void read(Tokenizer in, Name origin, DNSOutput out) throws IOException;

  /** From the wire to the words of a master file. */
  abstract String text(DNSInput in) throws IOException;

  private static List<String> rest(Tokenizer in) throws IOException {
    List<String> words = new ArrayList<>();
    for (Tokenizer.Token word = in.get(); word.isString(); word = in.get()) {
      words.add(word.value());
    }
    in.unget();
    return words;
  }

  private static byte[] hex(String text, char between, int group, int groups)
      throws TextParseException {
    String digits = "[0-9A-Fa-f]{" + 2 * group + "}";
    if (!text.matches(digits + "(" + between + digits + "){" + (groups - 1) + "}")) {
      throw new TextParseException(
          "'" + text + "' is not " + groups + " times " + 2 * group + " digits with " + between);
    }
    return HexFormat.of().parseHex(text.replace(String.valueOf(between), ""));
  }

  private static String hexText(DNSInput in, char between, int group, int groups)
      throws IOException {
    String digits = HexFormat.of().formatHex(in.readByteArray(group * groups));
    return digits.replaceAll("(?<=\\G.{" + 2 * group + "})(?!$)", String.valueOf(between));
  }
}
