package org.keyward.app;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keyward.audit.Actor;
import org.keyward.config.KeywardConfig;
import org.keyward.config.TokenSettings;
import org.keyward.signing.AdoptedZones;
import org.keyward.signing.HsmZone;
import org.keyward.signing.Seal;
import org.keyward.store.HsmAdoption;
import org.keyward.store.RequestDesk;

/** What {@code keyward adopt-hsm} does. */
public final class AdoptHsm implements AutoCloseable {
  private final Storage storage;
  private final HsmAdoption adoption;

  private AdoptHsm(Storage storage, HsmAdoption adoption) {
    this.storage = storage;
    this.adoption = adoption;
  }

  public static AdoptHsm open(KeywardConfig config) {
    Map<String, String> tokens = new HashMap<>();
    for (TokenSettings token : config.tokens()) {
      tokens.put(token.name(), token.name());
      token.label().ifPresent(label -> tokens.put(label, token.name()));
      token.serial().ifPresent(serial -> tokens.put(serial, token.name()));
    }
    Storage storage = Storage.open(config);
    try {
      Seal seal = SealKeys.checked(config, storage);
      return new AdoptHsm(storage, new HsmAdoption(storage.database(), seal, tokens));
    } catch (RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  /** The zones with keys on tokens; nothing changes. */
  public List<HsmZone> find() {
    return adoption.find();
  }

  /** Does it for these, as far as they are there still. */
  public AdoptedZones apply(List<HsmZone> found, String reason, Steps steps) {
    return adoption.apply(
        found,
        reason,
        Actor.operatingSystemUser(),
        storage.clock().instant(),
        done -> steps.at("adopting zones", done, found.size()));
  }

  /** Whether requests wait for a second person. */
  public boolean needsTwoPeople() {
    return new RequestDesk(storage.database()).needsTwoPeople();
  }

  @Override
  public void close() {
    storage.close();
  }
}
