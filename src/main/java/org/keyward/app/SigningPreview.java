package org.keyward.app;

import java.util.Optional;
import org.keyward.admin.ConflictException;
import org.keyward.admin.DryRuns;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.Algorithm;
import org.keyward.signing.ParentDs;
import org.keyward.store.Foresight;
import org.keyward.store.ZoneSurroundings;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** What commands with {@code --dry-run} say; each throws what the signer would refuse. */
public final class SigningPreview implements DryRuns, AutoCloseable {
  private final Storage storage;
  private final KeywardConfig config;
  private final Foresight foresight;

  SigningPreview(Storage storage, KeywardConfig config) {
    this.storage = storage;
    this.config = config;
    this.foresight = new Foresight(storage.database());
  }

  public static SigningPreview open(KeywardConfig config) {
    return new SigningPreview(Storage.open(config), config);
  }

  @Override
  public String assign(
      Name zone,
      String token,
      String label,
      Optional<Algorithm> algorithm,
      Optional<SigningMode> mode) {
    SigningMode standard = SigningMode.parse(config.signing().mode()).orElse(SigningMode.PRESIGNED);
    return foresight.assign(zone, token, label, algorithm, mode, standard);
  }

  /** Asks the parent too. */
  @Override
  public String unassign(Name zone) {
    return foresight.unassign(
        zone, hasDs(zone), config.signing().unassignHold(), storage.clock().instant());
  }

  private boolean hasDs(Name zone) {
    ZoneSurroundings surroundings = new ZoneSurroundings(storage.database());
    try {
      return surroundings.parentHasDs(zone) || !Roles.parentDs(config).of(zone).isEmpty();
    } catch (ParentDs.UnansweredException e) {
      throw new ConflictException(e.getMessage());
    }
  }

  @Override
  public String mode(Name zone, SigningMode mode) {
    return foresight.mode(zone, mode);
  }

  @Override
  public void close() {
    storage.close();
  }
}
