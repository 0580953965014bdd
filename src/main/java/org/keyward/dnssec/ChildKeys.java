package org.keyward.dnssec;

import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.CDNSKEYRecord;
import org.xbill.DNS.CDSRecord;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** What a zone tells its parent about its key: CDS and CDNSKEY (RFC 7344, RFC 8078). */
public final class ChildKeys {
  /** Asks the parent to delete the DS (RFC 8078, section 4). */
  public static final String DELETE = "0";

  private ChildKeys() {}

  /**
   * The set that a zone publishes.
   *
   * @param type {@link Type#CDS} or {@link Type#CDNSKEY}
   * @param wish {@link #DELETE}; else digest types with commas for CDS, anything for CDNSKEY
   * @param ttl in seconds
   * @throws IllegalArgumentException when a digest type is none that can be made
   */
  public static List<Record> set(DNSKEYRecord ksk, int type, String wish, long ttl) {
    if (type == Type.CDNSKEY) {
      return List.of(
          wish.equals(DELETE) ? cdnskey(ksk, ttl, 0, 0, new byte[1]) : cdnskey(ksk, ttl));
    }
    return wish.equals(DELETE)
        ? List.of(new CDSRecord(ksk.getName(), ksk.getDClass(), ttl, 0, 0, 0, new byte[1]))
        : Arrays.stream(wish.split(",")).map(digest -> cds(ksk, ttl, digest)).toList();
  }

  private static Record cdnskey(DNSKEYRecord ksk, long ttl) {
    return cdnskey(ksk, ttl, ksk.getFlags(), ksk.getAlgorithm(), ksk.getKey());
  }

  private static Record cdnskey(DNSKEYRecord ksk, long ttl, int flags, int algorithm, byte[] key) {
    return new CDNSKEYRecord(
        ksk.getName(), ksk.getDClass(), ttl, flags, DNSKEYRecord.Protocol.DNSSEC, algorithm, key);
  }

  private static Record cds(DNSKEYRecord ksk, long ttl, String digest) {
    DSRecord ds = new DSRecord(ksk.getName(), ksk.getDClass(), ttl, Integer.parseInt(digest), ksk);
    return new CDSRecord(
        ksk.getName(),
        ksk.getDClass(),
        ttl,
        ds.getFootprint(),
        ds.getAlgorithm(),
        ds.getDigestID(),
        ds.getDigest());
  }
}
