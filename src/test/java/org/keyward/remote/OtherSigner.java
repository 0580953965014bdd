package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Signs a zone as others do, with their own programs. */
enum OtherSigner {
  /** Parameters: those of {@code dnssec-signzone}. */
  BIND {
    @Override
    String commands() {
      return """
          cp "$unsigned" "$zone.in"
          dnssec-keygen -q -a "$algorithm" -f KSK "$zone"
          dnssec-keygen -q -a "$algorithm" "$zone"
          dnssec-signzone -q -S -o "$zone" -N keep -f "$zone" "$@" "$zone.in"
          """;
    }

    @Override
    List<List<String>> denials() {
      return List.of(
          List.of(),
          List.of("-3", "-"),
          List.of("-3", "aabbcc", "-H", "10"),
          List.of("-3", "-", "-A"),
          List.of("-3", "ab", "-H", "1", "-A"));
    }
  },
  /** Parameters: those of {@code ldns-signzone}. */
  LDNS {
    @Override
    String commands() {
      return """
          { echo "\\$ORIGIN $zone."; cat "$unsigned"; } > "$zone.in"
          ksk=$(ldns-keygen -k -a "$algorithm" "$zone")
          zsk=$(ldns-keygen -a "$algorithm" "$zone")
          ldns-signzone -o "$zone." -f "$zone" "$@" "$zone.in" "$zsk" "$ksk"
          """;
    }

    @Override
    List<List<String>> denials() {
      return List.of(
          List.of(),
          List.of("-n", "-t", "0"),
          List.of("-n", "-t", "5", "-s", "ff"),
          List.of("-n", "-p", "-t", "0"),
          List.of("-n", "-p", "-t", "2", "-s", "abcd"));
    }
  },
  /** Parameters: lines of a policy and of the zone in {@code knot.conf}, those of the zone last. */
  KNOT {
    @Override
    String commands() {
      return """
          { echo "\\$ORIGIN $zone."; cat "$unsigned"; } > "$zone"
          mkdir "$zone.keys"
          {
            printf 'database:\\n  storage: %s\\n' "$PWD/$zone.keys"
            printf 'policy:\\n  - id: p\\n    algorithm: %s\\n' "$algorithm"
            for line; do case "$line" in zonemd*) ;; *) printf '    %s\\n' "$line" ;; esac; done
            printf 'zone:\\n  - domain: %s\\n    storage: %s\\n    file: %s\\n' "$zone" "$PWD" "$zone"
            printf '    dnssec-policy: p\\n    dnssec-signing: on\\n    semantic-checks: off\\n'
            for line; do case "$line" in zonemd*) printf '    %s\\n' "$line" ;; esac; done
          } > "$zone.conf"
          kzonesign -c "$zone.conf" "$zone"
          """;
    }

    @Override
    List<List<String>> denials() {
      return List.of(
          List.of(),
          List.of("nsec3: on", "nsec3-salt-length: 0", "nsec3-iterations: 0"),
          List.of("nsec3: on", "nsec3-salt-length: 8", "nsec3-iterations: 10"),
          List.of("nsec3: on", "nsec3-opt-out: on", "nsec3-salt-length: 0"),
          List.of("nsec3: on", "nsec3-opt-out: on", "nsec3-iterations: 3"));
    }
  },
  /** Parameters: the value of NSEC3PARAM, if any. */
  POWERDNS {
    @Override
    String commands() {
      throw new UnsupportedOperationException("it signs while it serves");
    }

    @Override
    List<List<String>> denials() {
      return List.of(
          List.of(),
          List.of("1 0 0 -"),
          List.of("1 0 7 aabb"),
          List.of("1 1 0 -"),
          List.of("1 1 2 abcd"));
    }

    @Override
    void sign(Path directory, String zone, Path unsigned, String algorithm, List<String> parameters)
        throws IOException {
      Path own = Files.createTempDirectory(directory, "p");
      // pdnsutil does not take each type in the form for unknown types, and 4.7 signs the targets
      // of
      // SVCB in lower case and sends them as they are.
      Path readable =
          Files.write(
              own.resolve("unsigned"),
              Files.readAllLines(unsigned).stream()
                  .filter(line -> !line.contains("\\#"))
                  .map(line -> line.replace("Svc.Example.NET.", "svc.example.net."))
                  .toList());
      try (GpgsqlPowerDns gpgsql =
          new GpgsqlPowerDns(PowerDnsVersion.HOST, own, "zone-cache-refresh-interval=0")) {
        PowerDns signer = gpgsql.powerDns;
        String said = signer.pdnsutil("load-zone", zone, readable.toString());
        String number = algorithm.toLowerCase(Locale.ROOT);
        String bits = BITS.get(algorithm);
        signer.pdnsutil("add-zone-key", zone, "ksk", "active", bits, number);
        signer.pdnsutil("add-zone-key", zone, "zsk", "active", bits, number);
        for (String value : parameters) {
          signer.pdnsutil("set-nsec3", zone, value);
        }
        said += signer.pdnsutil("rectify-zone", zone);
        Files.write(directory.resolve(zone), Transfers.of(signer.port(), zone));
        assertThat(directory.resolve(zone)).as(said).content().contains("RRSIG");
      }
    }
  };

  private static final Map<String, String> BITS =
      Map.of(
          "RSASHA256",
          "2048",
          "ECDSAP256SHA256",
          "256",
          "ECDSAP384SHA384",
          "384",
          "ED25519",
          "256");

  abstract String commands();

  /**
   * Parameters for NSEC, for NSEC3 plain and with salt and iterations, and for both with opt-out.
   */
  abstract List<List<String>> denials();

  /**
   * Makes the signed master file.
   *
   * @param directory where it is made, named as the zone is
   * @param zone without its last dot
   * @param unsigned a master file without {@code $ORIGIN}
   */
  void sign(Path directory, String zone, Path unsigned, String algorithm, List<String> parameters)
      throws IOException {
    StringBuilder script = new StringBuilder("set -eu; cd '" + directory + "'\n");
    script.append("zone='" + zone + "' unsigned='" + unsigned + "' algorithm=" + algorithm + "\n");
    script.append("set --");
    parameters.forEach(parameter -> script.append(" '" + parameter + "'"));
    script.append('\n').append(commands());
    String said = PowerDns.run(List.of("sh", "-c", script.toString()));
    assertThat(directory.resolve(zone)).as(said).isNotEmptyFile();
    assertThat(Files.readString(directory.resolve(zone))).as(said).contains("RRSIG");
  }
}
