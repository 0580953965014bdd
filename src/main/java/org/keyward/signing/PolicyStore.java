package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.keyward.keyset.KeyRole;
import org.xbill.DNS.Name;

/** Port to where policies are kept. Each method is one transaction. Thread-safe. */
public interface PolicyStore {
  /**
   * A policy as it is stored.
   *
   * @param base the policy that has what this one leaves out; empty for the last one
   * @param says by field, as people write it
   */
  record Stored(String name, Optional<String> base, Map<String, String> says) {
    public Stored {
      says = Map.copyOf(says);
    }
  }

  /** What becomes of a request. */
  sealed interface Change {
    /** It is not carried out. */
    record Refused(String why) implements Change {}

    /** The policy is this from now on. */
    record Save(Stored policy) implements Change {}

    /** The policy goes. */
    record Delete(String policy) implements Change {}

    /** The zone of the request has this policy. */
    record Give(Name zone, String policy) implements Change {}
  }

  List<Stored> read();

  /**
   * Carries a request out; no other one changes policies meanwhile.
   *
   * @param judge what is to become of it, given the policies as they are
   * @return why not, one line; empty when it is done
   */
  Optional<String> change(
      long requestId,
      SigningRequest.OfPolicy request,
      Function<List<Stored>, Change> judge,
      Instant now);

  /**
   * Notes which lifetimes the keys of zones have now.
   *
   * @param lifetimes by policy and role; a role that is left out has none
   * @param faults why a policy is unsafe, by its name
   */
  void follow(
      Map<String, Map<KeyRole, Duration>> lifetimes, Map<String, String> faults, Instant now);
}
