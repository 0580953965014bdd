package org.keyward.app;

import org.keyward.config.KeywardConfig;
import org.keyward.config.SealKey;
import org.keyward.signing.Seal;
import org.keyward.store.SealKeyTable;

/** The seal key of a configuration. */
final class SealKeys {
  private SealKeys() {}

  /**
   * Before anything is sealed with it.
   *
   * @throws org.keyward.store.WrongSealKeyException when the database's keys are sealed with
   *     another
   */
  static Seal checked(KeywardConfig config, Storage storage) {
    Seal seal = of(config);
    check(seal, storage);
    return seal;
  }

  /** The same, later. */
  static void check(Seal seal, Storage storage) {
    SealKeyTable.check(storage.database(), seal);
  }

  /** Not checked yet. */
  static Seal of(KeywardConfig config) {
    return new Seal(
        SealKey.readOrCreate(config.sealKeyFile()), config.formerSealKeyFile().map(SealKey::read));
  }
}
