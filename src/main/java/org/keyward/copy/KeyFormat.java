package org.keyward.copy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.keyset.Span;
import org.keyward.signing.Seal;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.KeyContent;
import org.keyward.zone.ZoneSigningKey;
import org.keyward.zone.ZoneStorageException;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/**
 * Private keys in the copy: those that PowerDNS gets are sealed once more, so that they rest sealed
 * in memory too, and have no PIN, which is filled in when PowerDNS asks for them.
 */
final class KeyFormat {
  private static final String CONTEXT = "copied key";

  private final Seal seal;
  private final PinFiller pins;

  /**
   * @param pins fills PINs into keys on tokens when PowerDNS asks for them
   */
  KeyFormat(Seal seal, PinFiller pins) {
    this.seal = seal;
    this.pins = pins;
  }

  void write(CryptoKey key, ValueWriter out) throws IOException {
    out.number(key.id());
    out.number(key.flags());
    out.yes(key.active());
    out.yes(key.published());
    out.yes(key.content().takesPin());
    byte[] clear = key.content().withoutPin().getBytes(StandardCharsets.UTF_8);
    out.bytes(seal.seal(clear, CONTEXT));
  }

  CryptoKey read(ValueReader in, Name zone) throws IOException {
    int id = in.number();
    int flags = in.number();
    boolean active = in.yes();
    boolean published = in.yes();
    boolean takesPin = in.yes();
    byte[] sealed = in.bytes();
    return new CryptoKey(id, flags, active, published, content(sealed, takesPin, zone));
  }

  private KeyContent content(byte[] sealed, boolean takesPin, Name zone) {
    return () -> pins.fill(open(sealed), takesPin, zone);
  }

  private String open(byte[] sealed) {
    try {
      return new String(seal.open(sealed, CONTEXT), StandardCharsets.UTF_8);
    } catch (Seal.NotOpenedException e) {
      throw new ZoneStorageException("a key in the copy of the zones cannot be opened", e);
    }
  }

  static void write(ZoneSigningKey key, ValueWriter out) throws IOException {
    out.dnsRecord(key.key().dnskey());
    out.bytes(key.key().privateKey().getEncoded());
    out.time(key.signs().from());
    out.optional(key.signs().until(), out::time);
  }

  static ZoneSigningKey zoneSigningKey(ValueReader in) throws IOException {
    DNSKEYRecord dnskey = (DNSKEYRecord) in.dnsRecord();
    Algorithm algorithm = Algorithm.ofNumber(dnskey.getAlgorithm()).orElseThrow();
    SoftwareKey key = new SoftwareKey(dnskey, SoftwareKeys.privateKey(algorithm, in.bytes()));
    return new ZoneSigningKey(key, new Span(in.time(), in.optional(in::time)));
  }
}
