package org.keyward.zone;

import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.utils.base32;

/** The NSEC3 chain (RFC 5155) of a zone that PowerDNS signs itself; made when first asked for. */
final class HashedChain {
  private static final base32 BASE32HEX = new base32(base32.Alphabet.BASE32HEX, false, true);

  private final Optional<NSEC3PARAMRecord> parameters;
  private volatile NavigableMap<String, Name> chain;

  /**
   * @param metadata values of NSEC3PARAM, for example {@code 1 0 0 -}; null when the zone has none
   */
  HashedChain(List<String> metadata) {
    this.parameters =
        metadata == null || metadata.isEmpty() ? Optional.empty() : parse(metadata.get(0));
  }

  private static Optional<NSEC3PARAMRecord> parse(String text) {
    String[] fields = text.strip().split("\\s+");
    if (fields.length < 3) {
      return Optional.empty();
    }
    try {
      byte[] salt =
          fields.length < 4 || fields[3].equals("-") ? null : HexFormat.of().parseHex(fields[3]);
      return Optional.of(
          new NSEC3PARAMRecord(
              Name.root,
              DClass.IN,
              0,
              Integer.parseInt(fields[0]),
              Integer.parseInt(fields[1]),
              Integer.parseInt(fields[2]),
              salt));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  void drop() {
    chain = null;
  }

  /**
   * @param owners gives the names in the chain; its argument says whether insecure delegations are
   *     opted out
   */
  Optional<Zone.HashedNeighbours> around(String hash, Function<Boolean, Set<Name>> owners) {
    if (parameters.isEmpty()) {
      return Optional.empty();
    }
    NavigableMap<String, Name> map = chain;
    if (map == null) {
      map = new TreeMap<>();
      for (Name owner : owners.apply((parameters.get().getFlags() & 1) == 1)) {
        map.put(hash(owner), owner);
      }
      chain = map;
    }
    if (map.isEmpty()) {
      return Optional.empty();
    }
    Map.Entry<String, Name> before = map.floorEntry(hash);
    before = before == null ? map.lastEntry() : before;
    String after = map.higherKey(hash);
    return Optional.of(
        new Zone.HashedNeighbours(
            before.getKey(), after == null ? map.firstKey() : after, before.getValue()));
  }

  private String hash(Name owner) {
    try {
      return BASE32HEX.toString(parameters.orElseThrow().hashName(owner)).toLowerCase(Locale.ROOT);
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-1", e);
    }
  }
}
