package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
  };

  abstract String commands();

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
