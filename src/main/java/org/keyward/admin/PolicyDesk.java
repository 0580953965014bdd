package org.keyward.admin;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.signing.SigningRequest;
import org.xbill.DNS.Name;

/** Port to how keys of zones are kept, and what is to come of them: the same that commands say. */
public interface PolicyDesk {
  /** All policies, with what each comes to with what it is based on. */
  List<Map<String, Object>> policies();

  /**
   * Each field of a policy, and who says it.
   *
   * @throws NoSuchThingException when there is none of that name
   */
  List<Map<String, Object>> policy(String name);

  /**
   * When the next rolls of zones begin by themselves, before a change of a policy and after.
   *
   * @param settings {@code FIELD=VALUE}, with spaces between; without a value what the base says
   * @param zones how many zones to look at
   * @throws ConflictException when it would be refused, and why
   */
  Turns turns(String policy, String settings, int zones);

  /**
   * What a change of a policy comes to.
   *
   * @param left zones that it changes something for, and that are not among the lines
   */
  record Turns(List<Map<String, Object>> lines, int left) {
    public Turns {
      lines = List.copyOf(lines);
    }
  }

  /**
   * Asks the signer to change or delete a policy, or to give it to a zone; gives the number of the
   * request.
   */
  long changePolicy(SigningRequest.OfPolicy request);

  /**
   * What is to come of the keys of a zone.
   *
   * @param parentTakes how long it takes until a DS that is due is at the parent
   * @param whatIf settings as if its policy said so
   * @return the first {@code steps}, how many {@code more} there are, and {@code signatures}
   * @throws NoSuchThingException when Keyward uses no key for the zone
   * @throws ConflictException when a policy may not say that
   */
  Map<String, Object> plan(
      Name zone, Duration until, Duration parentTakes, Optional<String> whatIf);
}
