package org.keyward.dnssec;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * An answer as it came over the wire. Its sets are kept byte for byte, so that a signature is
 * checked over what was sent and not over what somebody reads into it.
 */
public final class ReceivedAnswer {
  private static final int HEADER = 12;
  private static final int QUESTION_END = 4;
  private static final int FIXED = 10;

  /** Names in these may be sent compressed (RFC 3597, section 4). */
  private static final Set<Integer> COMPRESSED =
      Set.of(
          Type.NS,
          Type.MD,
          Type.MF,
          Type.CNAME,
          Type.SOA,
          Type.MB,
          Type.MG,
          Type.MR,
          Type.PTR,
          Type.MINFO,
          Type.MX,
          Type.RP,
          Type.AFSDB,
          Type.RT,
          Type.SRV,
          Type.NAPTR,
          Type.DNAME);

  private final Message message;
  private final Map<Key, List<Record>> sets = new LinkedHashMap<>();
  private final List<RRSIGRecord> signatures = new ArrayList<>();

  private record Key(Name owner, int type) {}

  /**
   * @throws IOException when it is no DNS message
   */
  public ReceivedAnswer(byte[] wire) throws IOException {
    this.message = new Message(wire);
    try {
      read(wire);
    } catch (IndexOutOfBoundsException e) {
      throw new IOException("a message that breaks off", e);
    }
  }

  private void read(byte[] wire) {
    int at = HEADER;
    for (int i = 0; i < message.getHeader().getCount(Section.QUESTION); i++) {
      at = afterName(wire, at) + QUESTION_END;
    }
    for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
      for (Record record : message.getSection(section)) {
        at = afterName(wire, at);
        int length = ((wire[at + FIXED - 2] & 0xff) << 8) | (wire[at + FIXED - 1] & 0xff);
        byte[] data = Arrays.copyOfRange(wire, at + FIXED, at + FIXED + length);
        at += FIXED + length;
        keep(record, data);
      }
    }
  }

  private static int afterName(byte[] wire, int start) {
    int at = start;
    while (wire[at] != 0) {
      if ((wire[at] & 0xc0) == 0xc0) {
        return at + 2;
      }
      at += 1 + (wire[at] & 0xff);
    }
    return at + 1;
  }

  private void keep(Record record, byte[] data) {
    if (record instanceof RRSIGRecord signature) {
      signatures.add(signature);
      return;
    }
    Record kept =
        COMPRESSED.contains(record.getType())
            ? record
            : RecordData.record(record.getName(), record.getType(), record.getTTL(), data);
    sets.computeIfAbsent(new Key(record.getName(), record.getType()), key -> new ArrayList<>())
        .add(kept);
  }

  public int rcode() {
    return message.getRcode();
  }

  /** Whether it comes from a server of the zone, and not from somebody's cache. */
  public boolean isAuthoritative() {
    return message.getHeader().getFlag(Flags.AA);
  }

  /** The DNSKEY set of a zone; empty when it is not there. */
  public List<DNSKEYRecord> keys(Name zone) {
    return message.getSection(Section.ANSWER).stream()
        .filter(DNSKEYRecord.class::isInstance)
        .map(DNSKEYRecord.class::cast)
        .filter(key -> key.getName().equals(zone))
        .toList();
  }

  /**
   * What is wrong with its signatures, one line; empty when each set that the zone has signed is
   * valid, and the one that was asked for is signed.
   *
   * @param keys of the zone, known to be good
   */
  public Optional<String> fault(
      Name zone, Name name, int type, List<DNSKEYRecord> keys, Instant now) {
    if (rcode() == Rcode.SERVFAIL) {
      return Optional.of("the answer is SERVFAIL");
    }
    for (Map.Entry<Key, List<Record>> set : sets.entrySet()) {
      Key key = set.getKey();
      List<RRSIGRecord> own =
          signatures.stream()
              .filter(
                  one ->
                      one.getName().equals(key.owner())
                          && one.getTypeCovered() == key.type()
                          && one.getSigner().equals(zone))
              .toList();
      boolean asked = isAuthoritative() && key.owner().equals(name) && key.type() == type;
      if (own.isEmpty() && asked && message.findRRset(name, type, Section.ANSWER)) {
        return Optional.of("it comes without a signature");
      }
      if (!own.isEmpty() && own.stream().noneMatch(one -> holds(set.getValue(), one, keys, now))) {
        return Optional.of(
            "no signature of "
                + NameText.of(key.owner())
                + " "
                + Type.string(key.type())
                + " fits what is sent, at this time ("
                + words(own.get(0))
                + ")");
      }
    }
    return Optional.empty();
  }

  private static boolean holds(
      List<Record> set, RRSIGRecord signature, List<DNSKEYRecord> keys, Instant now) {
    return !now.isBefore(signature.getTimeSigned())
        && !now.isAfter(signature.getExpire())
        && keys.stream().anyMatch(key -> RrsetSigner.verifies(set, signature, key));
  }

  private static String words(RRSIGRecord signature) {
    return "key tag "
        + signature.getFootprint()
        + ", valid from "
        + TimeText.of(signature.getTimeSigned())
        + " to "
        + TimeText.of(signature.getExpire());
  }
}
