package org.keyward.dnssec;

import static org.keyward.dnssec.RecordField.ADDRESS;
import static org.keyward.dnssec.RecordField.BASE64;
import static org.keyward.dnssec.RecordField.EUI48;
import static org.keyward.dnssec.RecordField.EUI64;
import static org.keyward.dnssec.RecordField.LOCATOR;
import static org.keyward.dnssec.RecordField.NAME;
import static org.keyward.dnssec.RecordField.NUMBER16;
import static org.keyward.dnssec.RecordField.NUMBER32;
import static org.keyward.dnssec.RecordField.NUMBER8;
import static org.keyward.dnssec.RecordField.TYPES;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.xbill.DNS.Compression;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/**
 * The record types that PowerDNS reads and dnsjava does not: {@link #register} teaches them to
 * dnsjava, so that they are parsed, imported and signed like any other. Names in them keep their
 * case, also where they are signed: RFC 4034, section 6.2 lowers those of older types alone (RFC
 * 3597, section 7).
 */
public final class AddedTypes {
  /** What is in the data of each type, in this order. */
  private static final Map<Integer, List<RecordField>> FIELDS =
      Map.of(
          Type.RKEY, List.of(NUMBER16, NUMBER8, NUMBER8, BASE64),
          Type.CSYNC, List.of(NUMBER32, NUMBER16, TYPES), // RFC 7477
          Type.NID, List.of(NUMBER16, LOCATOR), // RFC 6742
          Type.L32, List.of(NUMBER16, ADDRESS),
          Type.L64, List.of(NUMBER16, LOCATOR),
          Type.LP, List.of(NUMBER16, NAME),
          Type.EUI48, List.of(EUI48), // RFC 7043
          Type.EUI64, List.of(EUI64));

  static {
    FIELDS.keySet().forEach(type -> Type.register(type, Type.string(type), AddedRecord::new));
  }

  private AddedTypes() {}

  /** To be called before records of these types are read; once or more often. */
  public static void register() {
    // Done when this class is loaded.
  }

  /** A record of one of these types: its data as they go over the wire. */
  private static final class AddedRecord extends Record {
    private static final long serialVersionUID = 1L;

    private byte[] data = {};

    @Override
    protected void rrFromWire(DNSInput in) throws IOException {
      byte[] read = in.readByteArray();
      DNSInput fields = new DNSInput(read);
      for (RecordField field : FIELDS.get(getType())) {
        field.text(fields);
      }
      data = read;
    }

    @Override
    protected void rdataFromString(Tokenizer in, Name origin) throws IOException {
      DNSOutput out = new DNSOutput();
      for (RecordField field : FIELDS.get(getType())) {
        field.read(in, origin, out);
      }
      data = out.toByteArray();
    }

    @Override
    protected String rrToString() {
      DNSInput fields = new DNSInput(data);
      return FIELDS.get(getType()).stream()
          .map(field -> text(field, fields))
          .filter(text -> !text.isEmpty())
          .collect(java.util.stream.Collectors.joining(" "));
    }

    private static String text(RecordField field, DNSInput from) {
      try {
        return field.text(from);
      } catch (IOException e) {
        throw new IllegalStateException("was read before", e);
      }
    }

    @Override
    protected void rrToWire(DNSOutput out, Compression compression, boolean canonical) {
      out.writeByteArray(data);
    }
  }
}
