package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.config.RollSettings;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.Policy;
import org.keyward.keyset.PolicyRows;
import org.keyward.signing.PolicyStore.Change;
import org.keyward.signing.PolicyStore.Stored;
import org.keyward.signing.SigningStore.Terms;

/** Policies as they are stored, over the signer's configuration. Thread-safe. */
public final class PolicyCommands {
  private static final Duration ZSK_LIFETIME = Policy.DEFAULT.zskLifetime().orElseThrow();

  private final PolicyStore store;
  private final Policy root;

  public PolicyCommands(PolicyStore store, SigningSettings settings) {
    this.store = store;
    this.root = root(settings);
  }

  /** What no policy says. */
  private static Policy root(SigningSettings settings) {
    RollSettings rolls = settings.rolls();
    Policy without =
        new Policy(
            new SigningSchedule(
                settings.validity(), settings.step(), SigningSchedule.DEFAULT_INCEPTION_OFFSET),
            settings.runway(),
            settings.dnskeyTtl(),
            Optional.empty(),
            Optional.empty(),
            rolls.propagation(),
            rolls.parentPropagation(),
            rolls.dsTtl(),
            rolls.dataTtl(),
            rolls.safety(),
            rolls.safety());
    Duration least = without.leastLifetime(KeyRole.ZSK);
    Duration builtIn = ZSK_LIFETIME.compareTo(least) < 0 ? least : ZSK_LIFETIME;
    return without.withLifetime(KeyRole.ZSK, Optional.of(rolls.zskLifetime().orElse(builtIn)));
  }

  /** All of them, as they are now. */
  public PolicyRows read() {
    return rows(store.read());
  }

  /** What is stored, over the configuration. */
  public PolicyRows rows(List<Stored> stored) {
    return PolicyRows.of(stored.stream().map(PolicyText::row).toList(), root);
  }

  /**
   * Carries a request out.
   *
   * @return why not, one line; empty when it is done
   */
  Optional<String> carryOut(long id, SigningRequest.OfPolicy request, Instant now) {
    return store.change(id, request, stored -> judge(stored, request), now);
  }

  /** What would become of a request. */
  private Change judge(List<Stored> stored, SigningRequest.OfPolicy request) {
    Optional<Stored> policy =
        stored.stream().filter(one -> one.name().equals(request.policy())).findFirst();
    return switch (request.command()) {
      case "set" ->
          set(
              stored,
              policy.orElseGet(
                  () -> new Stored(request.policy(), Optional.of(PolicyRows.DEFAULT), Map.of())),
              request.settings());
      case "delete" -> delete(stored, policy, request.policy());
      case "assign" ->
          policy.isPresent()
              ? new Change.Give(request.zone(), request.policy())
              : new Change.Refused(
                  NameText.of(request.zone()) + ": " + unknown(request.policy()).why());
      default ->
          new Change.Refused(
              "there is no command '"
                  + request.command()
                  + "' for policies; write set, delete or assign");
    };
  }

  private static Change.Refused unknown(String policy) {
    return new Change.Refused(
        "there is no policy '" + policy + "'; 'keyward policy list' shows them");
  }

  /** What would become of settings. */
  public Change set(List<Stored> stored, Stored policy, String settings) {
    Stored changed;
    try {
      changed = PolicyText.changed(policy, settings);
    } catch (IllegalArgumentException e) {
      return new Change.Refused("policy " + policy.name() + ": " + e.getMessage());
    }
    List<String> faults = after(stored, changed).faults(changed.name());
    return faults.isEmpty()
        ? new Change.Save(changed)
        : new Change.Refused("policy " + String.join("; ", faults));
  }

  /** All policies, once one is this. */
  public PolicyRows after(List<Stored> stored, Stored changed) {
    return rows(stored).with(PolicyText.row(changed));
  }

  private static Change delete(List<Stored> stored, Optional<Stored> policy, String name) {
    if (policy.isEmpty()) {
      return unknown(name);
    }
    if (name.equals(PolicyRows.DEFAULT) || name.equals(PolicyRows.AS_BEFORE)) {
      return new Change.Refused("the policy " + name + " is built in, and stays");
    }
    return stored.stream()
        .filter(other -> other.base().equals(Optional.of(name)))
        .findFirst()
        .<Change>map(
            heir -> new Change.Refused("the policy " + heir.name() + " is based on " + name))
        .orElseGet(() -> new Change.Delete(name));
  }

  /** How zones are signed, by policy; zones of one that is unsafe go on as they are. */
  static Map<String, Terms> terms(PolicyRows policies) {
    Map<String, Terms> terms = new HashMap<>();
    for (String name : policies.rows().keySet()) {
      Policy policy = policies.effective(name).policy();
      if (policies.signatureFaults(name).isEmpty()) {
        terms.put(name, new Terms(policy.schedule(), policy.runway(), policy.dnskeyTtl()));
      }
    }
    return terms;
  }

  /** Lets zones have the lifetimes that their policies say now; one that is unsafe has none. */
  void follow(PolicyRows policies, Instant now) {
    Map<String, Map<KeyRole, Duration>> lifetimes = new HashMap<>();
    Map<String, String> faults = new HashMap<>();
    for (String name : policies.rows().keySet()) {
      Policy policy = policies.effective(name).policy();
      Map<KeyRole, Duration> ofRoles = new EnumMap<>(KeyRole.class);
      for (KeyRole role : KeyRole.values()) {
        policy
            .lifetime(role)
            .filter(life -> life.compareTo(policy.leastLifetime(role)) >= 0)
            .ifPresent(life -> ofRoles.put(role, life));
      }
      lifetimes.put(name, ofRoles);
      List<String> unsafe = policies.unsafe(name);
      if (!unsafe.isEmpty()) {
        faults.put(name, String.join("; ", unsafe));
      }
    }
    store.follow(lifetimes, faults, now);
  }
}
