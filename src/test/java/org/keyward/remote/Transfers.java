package org.keyward.remote;

import java.util.List;

/** Zones as {@code dig} gets them in a transfer. */
final class Transfers {
  private Transfers() {}

  /** Every record in a line, the SOA once. */
  static List<String> of(int port, String zone) {
    return dig(port, zone, "+nounknownformat");
  }

  /** The same, types and data in the form for unknown types (RFC 3597): byte for byte. */
  static List<String> raw(int port, String zone) {
    return dig(port, zone, "+unknownformat");
  }

  private static List<String> dig(int port, String zone, String form) {
    return PowerDns.run(
            List.of(
                "dig",
                "-p",
                Integer.toString(port),
                "@127.0.0.1",
                "+time=20",
                "+noall",
                "+answer",
                "+onesoa",
                "+nosplit",
                form,
                zone,
                "AXFR"))
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(";"))
        .map(line -> line.replaceAll("[\\t ]+", " "))
        .sorted()
        .toList();
  }
}
