package org.keyward.dnssec;

import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.utils.base32;

/**
 * How names are hashed for NSEC3 (RFC 5155), as PowerDNS writes it into the metadata NSEC3PARAM:
 * {@code 1 0 0 -} for algorithm, flags, iterations and salt.
 *
 * @param optOut whether insecure delegations may be left out of the chain
 * @param salt in lower-case hexadecimal; empty for none
 */
public record Nsec3Parameters(boolean optOut, int iterations, String salt) {
  /** What RFC 9276 asks for. */
  public static final Nsec3Parameters DEFAULT = new Nsec3Parameters(false, 0, "");

  private static final base32 BASE32HEX = new base32(base32.Alphabet.BASE32HEX, false, true);
  private static final int SHA1 = 1;
  private static final int OPT_OUT = 1;
  private static final int MAX_ITERATIONS = 65_535;
  private static final int MAX_SALT = 255;

  public Nsec3Parameters {
    salt = salt.toLowerCase(Locale.ROOT);
    if (iterations < 0 || iterations > MAX_ITERATIONS) {
      throw new IllegalArgumentException(
          "NSEC3 iterations are from 0 to " + MAX_ITERATIONS + ", not " + iterations);
    }
    try {
      if (HexFormat.of().parseHex(salt).length > MAX_SALT) {
        throw new IllegalArgumentException("an NSEC3 salt has at most " + MAX_SALT + " bytes");
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the NSEC3 salt '" + salt + "' is not hexadecimal", e);
    }
  }

  /**
   * Reads the value of the metadata NSEC3PARAM.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static Nsec3Parameters parse(String text) {
    String[] fields = text.strip().split("\\s+");
    if (fields.length < 3 || fields.length > 4) {
      throw new IllegalArgumentException(
          "it is not 'algorithm flags iterations salt'; write 1 0 0 -");
    }
    int flags = number(fields[1]);
    if (number(fields[0]) != SHA1 || (flags & ~OPT_OUT) != 0) {
      throw new IllegalArgumentException(
          "the algorithm must be 1 and the flags 0, or 1 for opt-out; write 1 0 0 -");
    }
    boolean unsalted = fields.length < 4 || fields[3].equals("-");
    return new Nsec3Parameters(flags == OPT_OUT, number(fields[2]), unsalted ? "" : fields[3]);
  }

  /** The same; empty when something is wrong with it. */
  public static Optional<Nsec3Parameters> ifValid(String text) {
    try {
      return Optional.of(parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static int number(String field) {
    try {
      return Integer.parseInt(field);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + field + "' is not a number; write 1 0 0 -", e);
    }
  }

  /** As the metadata NSEC3PARAM has it. */
  public String text() {
    return SHA1 + " " + flags() + " " + iterations + " " + (salt.isEmpty() ? "-" : salt);
  }

  /** Why this is not to be recommended; empty when nothing is wrong with it. */
  public Optional<String> warning() {
    if (iterations == 0 && salt.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        iterations
            + " iterations and the salt '"
            + (salt.isEmpty() ? "-" : salt)
            + "' make answers slower and nothing safer, and validators treat zones with many"
            + " iterations as insecure or refuse them (RFC 9276); use 0 and no salt");
  }

  private int flags() {
    return optOut ? OPT_OUT : 0;
  }

  private byte[] saltBytes() {
    return salt.isEmpty() ? null : HexFormat.of().parseHex(salt);
  }

  /** The record at the apex, whose flags are always 0. */
  public NSEC3PARAMRecord record(Name origin, long ttl) {
    return new NSEC3PARAMRecord(origin, DClass.IN, ttl, SHA1, 0, iterations, saltBytes());
  }

  /**
   * The NSEC3 record with the hash {@code owner}.
   *
   * @param owner and {@code next} as {@link #hash} gives them
   */
  public NSEC3Record record(Name owner, long ttl, String next, int[] types) {
    return new NSEC3Record(
        owner,
        DClass.IN,
        ttl,
        SHA1,
        flags(),
        iterations,
        saltBytes(),
        BASE32HEX.fromString(next),
        types);
  }

  /** The hash of a name as a label: base32hex in lower case. */
  public String hash(Name name) {
    try {
      return BASE32HEX.toString(record(Name.root, 0).hashName(name)).toLowerCase(Locale.ROOT);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-1", e);
    }
  }
}
