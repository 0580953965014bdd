package org.keyward.signing;

import java.time.Duration;
import java.util.Optional;
import org.keyward.dnssec.Algorithm;
import org.keyward.keyset.Pace;
import org.xbill.DNS.Name;

/** What a person asks the signer to do with one zone. */
public sealed interface SigningRequest {
  Name zone();

  String reason();

  String actor();

  /**
   * Sign the zone with the key of this label.
   *
   * @param mode empty leaves it to the signer's settings
   */
  record Assign(
      Name zone,
      String token,
      String label,
      Optional<Algorithm> algorithm,
      Optional<String> mode,
      String reason,
      String actor)
      implements SigningRequest {}

  /** Change who signs the zone, with the same keys. */
  record Mode(Name zone, String mode, String reason, String actor) implements SigningRequest {}

  /**
   * Back to unsigned.
   *
   * @param hold how long the zone stays signed, for the DS to leave the caches; empty leaves it to
   *     the signer's settings
   */
  record Unassign(Name zone, Optional<Duration> hold, String reason, String actor)
      implements SigningRequest {}

  /** Stay signed, with the same key, although the zone is on its way to unsigned. */
  record Keep(Name zone, String reason, String actor) implements SigningRequest {}

  /**
   * A word on the replacement of a key.
   *
   * @param command {@code start}, {@code start-now} (what is signed is signed anew), {@code
   *     start-3d} (the same, spread over that time), {@code hold}, {@code resume}, {@code cancel}
   *     or {@code confirm} (the parent has the DS of the new KSK)
   * @param role {@code zsk} or {@code ksk}
   * @param token of the new KSK
   * @param key the label of the new KSK on the token; of {@code confirm}: its key tag
   */
  record Roll(
      Name zone,
      String command,
      String role,
      Optional<String> token,
      Optional<String> key,
      String reason,
      String actor)
      implements SigningRequest {
    private static final String START = "start";

    /** The command that begins a roll at this pace. */
    public static String start(Pace pace) {
      return pace.equals(Pace.LAZY) ? START : START + "-" + pace;
    }

    /**
     * The pace of a command that begins a roll; empty for another one.
     *
     * @throws IllegalArgumentException when it is none
     */
    Optional<Pace> pace() {
      if (command.equals(START)) {
        return Optional.of(Pace.LAZY);
      }
      return command.startsWith(START + "-")
          ? Optional.of(PaceText.parse(command.substring(START.length() + 1)))
          : Optional.empty();
    }
  }

  /**
   * A word on a policy.
   *
   * @param zone the root for all commands but {@code assign}
   * @param command {@code set}, {@code delete} or {@code assign}
   * @param settings of {@code set}: {@code FIELD=VALUE}, with spaces between
   */
  record OfPolicy(
      Name zone, String command, String policy, String settings, String reason, String actor)
      implements SigningRequest {}
}
