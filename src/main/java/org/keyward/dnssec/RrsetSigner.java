package org.keyward.dnssec;

import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;

/** Makes RRSIG records (RFC 4034, section 3) over RRsets in canonical form. */
public final class RrsetSigner {
  private RrsetSigner() {}

  /**
   * The RRSIG over {@code rrset} by {@code key}.
   *
   * @param rrset records of one owner, type and TTL, which becomes the original TTL
   * @param key whose owner is the zone
   * @param sign from the bytes to be signed to the signature in an RRSIG's form
   */
  public static RRSIGRecord sign(
      List<? extends Record> rrset,
      DNSKEYRecord key,
      ValidityWindow window,
      UnaryOperator<byte[]> sign) {
    Prepared prepared = prepare(rrset, key, window);
    return prepared.with(sign.apply(prepared.data()));
  }

  /** All that can be done before a signature is made; the parameters are those of {@code sign}. */
  public static Prepared prepare(
      List<? extends Record> rrset, DNSKEYRecord key, ValidityWindow window) {
    RRSIGRecord unsigned = rrsig(rrset.get(0), key, window, new byte[0]);
    return new Prepared(rrset.get(0), key, window, toBeSigned(rrset, unsigned));
  }

  /** An RRset that is to be signed by a key for a time. Immutable, since nobody writes its data. */
  public static final class Prepared {
    private final Record first;
    private final DNSKEYRecord key;
    private final ValidityWindow window;
    private final byte[] data;

    private Prepared(Record first, DNSKEYRecord key, ValidityWindow window, byte[] data) {
      this.first = first;
      this.key = key;
      this.window = window;
      this.data = data;
    }

    /** The bytes to be signed; not to be written to. */
    public byte[] data() {
      return data;
    }

    /** The RRSIG with this signature over them. */
    public RRSIGRecord with(byte[] signature) {
      return rrsig(first, key, window, signature);
    }

    /**
     * Whether the signature fits.
     *
     * @param publicKey the one that the DNSKEY holds
     */
    public boolean fits(byte[] signature, PublicKey publicKey) {
      Algorithm algorithm = Algorithm.ofNumber(key.getAlgorithm()).orElseThrow();
      return SoftwareKeys.verify(publicKey, algorithm, data, signature);
    }
  }

  public static RRSIGRecord sign(
      List<? extends Record> rrset, SoftwareKey key, ValidityWindow window) {
    Algorithm algorithm = Algorithm.ofNumber(key.dnskey().getAlgorithm()).orElseThrow();
    return sign(
        rrset, key.dnskey(), window, data -> SoftwareKeys.sign(key.privateKey(), algorithm, data));
  }

  /** Whether the signature is one of {@code key} over {@code rrset}; says nothing of the time. */
  public static boolean verifies(
      List<? extends Record> rrset, RRSIGRecord rrsig, DNSKEYRecord key) {
    return rrsig.getFootprint() == key.getFootprint()
        && rrsig.getAlgorithm() == key.getAlgorithm()
        && Algorithm.ofNumber(key.getAlgorithm())
            .filter(
                algorithm ->
                    SoftwareKeys.verify(
                        PublicKeys.fromDnskey(key.getKey(), algorithm),
                        algorithm,
                        toBeSigned(rrset, rrsig),
                        rrsig.getSignature()))
            .isPresent();
  }

  private static byte[] toBeSigned(List<? extends Record> rrset, RRSIGRecord rrsig) {
    RRset set = new RRset();
    for (Record record : rrset) {
      set.addRR(record);
    }
    return DNSSEC.digestRRset(rrsig, set);
  }

  private static RRSIGRecord rrsig(
      Record first, DNSKEYRecord key, ValidityWindow window, byte[] signature) {
    return new RRSIGRecord(
        first.getName(),
        first.getDClass(),
        first.getTTL(),
        first.getType(),
        key.getAlgorithm(),
        first.getTTL(),
        window.expiration(),
        window.inception(),
        key.getFootprint(),
        key.getName(),
        signature);
  }

  /** The name in lower case, as signatures and answers have it. */
  public static Name lowerCase(Name name) {
    return name.canonicalize();
  }

  /** The records with another TTL, as sets are published. */
  public static <T extends Record> List<Record> withTtl(List<T> records, long ttl) {
    List<Record> copies = new ArrayList<>(records.size());
    for (Record record : records) {
      copies.add(
          Record.newRecord(
              record.getName(),
              record.getType(),
              record.getDClass(),
              ttl,
              record.rdataToWireCanonical()));
    }
    return copies;
  }
}
