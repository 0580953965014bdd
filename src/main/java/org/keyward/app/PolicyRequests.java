package org.keyward.app;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.PolicyDesk;
import org.keyward.config.KeywardConfig;
import org.keyward.signing.SigningRequest;
import org.xbill.DNS.Name;

/** Policies and plans as the API has them. */
final class PolicyRequests implements PolicyDesk {
  private static final int STEPS = 1_000;

  private final KeyPolicies policies;
  private final KeyPlans plans;
  private final SigningRequests signer;

  /** Closes none of them: the storage is the service's. */
  PolicyRequests(Storage storage, KeywardConfig config, SigningRequests signer) {
    this.policies = new KeyPolicies(storage, config);
    this.plans = new KeyPlans(storage, config);
    this.signer = signer;
  }

  @Override
  public List<Map<String, Object>> policies() {
    return policies.all();
  }

  @Override
  public List<Map<String, Object>> policy(String name) {
    return policies.one(name);
  }

  @Override
  public Turns turns(String policy, String settings, int zones) {
    return refused(() -> policies.turns(policy, settings, zones, count -> {}));
  }

  @Override
  public long changePolicy(SigningRequest.OfPolicy request) {
    return signer.policy(request);
  }

  @Override
  public Map<String, Object> plan(
      Name zone, Duration until, Duration parentTakes, Optional<String> whatIf) {
    KeyPlans.Plan plan =
        refused(
            () ->
                plans.plan(
                    new KeyPlans.Asked(Optional.of(zone), until, parentTakes, whatIf, false, STEPS),
                    count -> {}));
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("steps", plan.steps());
    values.put("more", plan.more());
    values.put("signatures", plan.signatures());
    return values;
  }

  /** What a policy may not say is refused as the signer would: nothing is wrong with the call. */
  private static <T> T refused(Supplier<T> work) {
    try {
      return work.get();
    } catch (NoSuchThingException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new ConflictException(e.getMessage());
    }
  }
}
