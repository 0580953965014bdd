package org.keyward.zone;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.xbill.DNS.Name;

/** A zone in memory, as it was when it was asked for: it never changes. Thread-safe. */
public interface Zone {
  ZoneHeader header();

  /** Of its header, at no cost. */
  default int id() {
    return header().id();
  }

  /** Of its header, at no cost. */
  default Name origin() {
    return header().origin();
  }

  /**
   * Whether somebody signs it: Keyward, PowerDNS or whoever wrote the rows. Then what is told of it
   * for one question has to be of one moment.
   */
  default boolean isSigned() {
    return false;
  }

  /**
   * Everything at exactly this name, RRSIGs included; for an empty non-terminal one row with an
   * empty type; empty when the name does not exist. Wildcards are names like any other: PowerDNS
   * asks for {@code *.parent} itself.
   *
   * @param owner absolute, any case
   */
  Optional<Answer> lookup(Name owner);

  /**
   * The owners around {@code name} in the zone's NSEC chain, with wrap-around: {@code before} is
   * the greatest owner at or before it, {@code after} the next one. Empty non-terminals, glue and
   * occluded names are not in the chain. Empty when the zone has no SOA.
   */
  Optional<Neighbours> nsecNeighbours(Name name);

  /**
   * Whether PowerDNS means a hash when it asks for the neighbours of this label. While the zone
   * changes between NSEC and NSEC3 it may ask for either; a name of the zone is then a name.
   */
  boolean isHash(String label);

  /**
   * The same as {@link #nsecNeighbours} in the NSEC3 chain (RFC 5155) that the zone's NSEC3PARAM
   * metadata describe.
   *
   * @param hash lower-case base32hex label without dots
   * @param encloser the closest encloser that PowerDNS has found for a name that is not there. It
   *     takes that for the owner of a record even where another signer has left it out of the chain
   *     with opt-out, and its own backends say so, too
   * @return empty when the zone has no NSEC3 chain
   */
  Optional<HashedNeighbours> nsec3Neighbours(String hash, Optional<Name> encloser);

  /** Every row for a transfer, RRSIGs included, SOA first. */
  Stream<AnswerRow> list();

  /** As PowerDNS is to see it: the stored metadata, plus what the signing mode adds. */
  Map<String, List<String>> metadata();

  /** Keys for PowerDNS to sign with; empty in Keyward's own modes. */
  List<CryptoKey> cryptokeys();

  /** What is left out of the zone, and why. */
  List<RecordProblem> problems();

  /** Both absolute, lower case. */
  record Neighbours(Name before, Name after) {}

  /**
   * Hashes in lower-case base32hex.
   *
   * @param unhashed the absolute owner name behind {@code before}
   */
  record HashedNeighbours(String before, String after, Name unhashed) {}
}
