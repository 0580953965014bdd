package org.keyward.dnssec;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The DNSSEC algorithms that Keyward signs with (RFC 8624), with their IANA numbers. */
public enum Algorithm {
  RSASHA256(8),
  RSASHA512(10),
  ECDSAP256SHA256(13),
  ECDSAP384SHA384(14),
  ED25519(15);

  private final int number;

  Algorithm(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** The mnemonic as PowerDNS and {@code --algorithm} write it, in lower case. */
  public String mnemonic() {
    return name().toLowerCase(Locale.ROOT);
  }

  public boolean isRsa() {
    return this == RSASHA256 || this == RSASHA512;
  }

  public static Optional<Algorithm> ofNumber(int number) {
    return Arrays.stream(values()).filter(a -> a.number == number).findFirst();
  }

  /** Reads a mnemonic in any case, or a number. */
  public static Optional<Algorithm> parse(String text) {
    return Arrays.stream(values())
        .filter(a -> a.name().equalsIgnoreCase(text) || String.valueOf(a.number).equals(text))
        .findFirst();
  }

  public static List<String> mnemonics() {
    return Arrays.stream(values()).map(Algorithm::mnemonic).toList();
  }
}
