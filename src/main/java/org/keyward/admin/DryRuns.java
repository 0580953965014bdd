package org.keyward.admin;

import java.util.Optional;
import org.keyward.dnssec.Algorithm;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/**
 * Port to what the signer would do, in the words of commands with {@code --dry-run}. Each throws a
 * {@link ConflictException} where it would be refused; nothing changes.
 */
public interface DryRuns {
  /**
   * @param mode empty for that of the settings
   */
  String assign(
      Name zone,
      String token,
      String label,
      Optional<Algorithm> algorithm,
      Optional<SigningMode> mode);

  String unassign(Name zone);

  String mode(Name zone, SigningMode mode);
}
