package org.keyward.dnssec;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.xbill.DNS.Compression;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/**
 * Records made of their data, which they keep byte for byte. Signed are names in lower case for the
 * types of RFC 4034, section 6.2 alone (RFC 6840, section 5.1); dnsjava lowers those of later types
 * too.
 */
public final class RecordData {
  /** dnsjava keeps the data of these as they are, and lowers what is to be lowered. */
  private static final Set<Integer> KEPT =
      Set.of(
          Type.A,
          Type.NS,
          Type.CNAME,
          Type.SOA,
          Type.PTR,
          Type.MX,
          Type.TXT,
          Type.AAAA,
          Type.SRV,
          Type.DNAME,
          Type.DS,
          Type.RRSIG,
          Type.NSEC,
          Type.DNSKEY,
          Type.CDS,
          Type.CDNSKEY);

  /** Of the other types whose names are lowered: how many bytes are in front, how many names. */
  private static final Map<Integer, int[]> LOWERED =
      Map.ofEntries(
          Map.entry(Type.MD, new int[] {0, 1}),
          Map.entry(Type.MF, new int[] {0, 1}),
          Map.entry(Type.MB, new int[] {0, 1}),
          Map.entry(Type.MG, new int[] {0, 1}),
          Map.entry(Type.MR, new int[] {0, 1}),
          Map.entry(Type.MINFO, new int[] {0, 2}),
          Map.entry(Type.RP, new int[] {0, 2}),
          Map.entry(Type.AFSDB, new int[] {2, 1}),
          Map.entry(Type.RT, new int[] {2, 1}),
          Map.entry(Type.SIG, new int[] {18, 1}),
          Map.entry(Type.PX, new int[] {2, 2}),
          Map.entry(Type.NXT, new int[] {0, 1}),
          Map.entry(Type.KX, new int[] {2, 1}));

  private RecordData() {}

  /**
   * A record to be signed or compared.
   *
   * @param data names without compression; not to be written to
   */
  public static Record record(Name owner, int type, long ttl, byte[] data) {
    Record kept = KEPT.contains(type) ? typed(owner, type, ttl, data) : null;
    return kept == null ? new Kept(owner, type, ttl, data) : kept;
  }

  /** The record as dnsjava reads the data; null when it cannot. */
  public static Record typed(Name owner, int type, long ttl, byte[] data) {
    return Record.newRecord(owner, type, DClass.IN, ttl, data);
  }

  /** The data of a record, names in the case that they have. */
  public static byte[] of(Record record) {
    byte[] wire = record.toWire(org.xbill.DNS.Section.ANSWER);
    int from = record.getName().length() + 10; // type, class, TTL and length
    return java.util.Arrays.copyOfRange(wire, from, wire.length);
  }

  private static byte[] canonical(int type, byte[] data) {
    int[] names = LOWERED.get(type);
    if (type == Type.NAPTR) {
      names = new int[] {behindStrings(data, 4, 3), 1};
    } else if (type == Type.A6 && data.length > 0) {
      names = new int[] {1 + (128 - (data[0] & 0xff) + 7) / 8, 1};
    }
    return names == null ? data : lowered(data, names[0], names[1]);
  }

  private static int behindStrings(byte[] data, int from, int strings) {
    int at = from;
    for (int i = 0; i < strings && at < data.length; i++) {
      at += 1 + (data[at] & 0xff);
    }
    return at;
  }

  private static byte[] lowered(byte[] data, int from, int names) {
    byte[] lowered = data.clone();
    int at = from;
    for (int i = 0; i < names; i++) {
      while (at < data.length && data[at] != 0) {
        int end = Math.min(data.length, at + 1 + (data[at] & 0xff));
        for (at++; at < end; at++) {
          boolean upper = data[at] >= 'A' && data[at] <= 'Z';
          lowered[at] = (byte) (upper ? data[at] + 'a' - 'A' : data[at]);
        }
      }
      at++;
    }
    return lowered;
  }

  /** A record that is not taken apart. */
  private static final class Kept extends Record {
    private static final long serialVersionUID = 1L;

    private final byte[] data;

    private Kept(Name owner, int type, long ttl, byte[] data) {
      super(owner, type, DClass.IN, ttl);
      this.data = data;
    }

    @Override
    protected void rrFromWire(DNSInput in) throws IOException {
      throw new IOException("it is made of its data");
    }

    @Override
    protected void rdataFromString(Tokenizer in, Name origin) throws IOException {
      throw new IOException("it is made of its data");
    }

    /** In the form for unknown types, which is right for all (RFC 3597, section 5). */
    @Override
    protected String rrToString() {
      String digits = java.util.HexFormat.of().formatHex(data);
      return "\\# " + data.length + (data.length == 0 ? "" : " " + digits);
    }

    @Override
    protected void rrToWire(DNSOutput out, Compression compression, boolean canonical) {
      out.writeByteArray(canonical ? canonical(getType(), data) : data);
    }
  }
}
