package org.keyward.app;

import java.util.List;
import org.keyward.audit.Actor;
import org.keyward.config.KeywardConfig;
import org.keyward.store.SealRotation;

/** What {@code keyward seal rotate} does. */
public final class SealKeyRotation {
  private SealKeyRotation() {}

  /**
   * @param sealed how many private keys are sealed anew
   * @param unopened where those are that neither key opens
   */
  public record Outcome(int sealed, List<String> unopened) {
    public Outcome {
      unopened = List.copyOf(unopened);
    }
  }

  /**
   * Seals all private keys with the key of {@code secrets.key-file}.
   *
   * @throws IllegalArgumentException when there is no {@code secrets.former-key-file}
   */
  public static Outcome run(KeywardConfig config) {
    if (config.formerSealKeyFile().isEmpty()) {
      throw new IllegalArgumentException(
          "secrets.former-key-file is missing: name the file of the seal key that is in force until"
              + " now there, and that of the new one in secrets.key-file, on every host");
    }
    try (Storage storage = Storage.open(config)) {
      SealRotation.Outcome outcome =
          new SealRotation(storage.database(), SealKeys.checked(config, storage))
              .rotate(Actor.operatingSystemUser());
      return new Outcome(outcome.sealed(), outcome.unopened());
    }
  }
}
