package org.keyward.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.signing.SigningRequest;
import org.xbill.DNS.Name;

/** Port to keys that take the place of others: the same that the commands do. */
public interface RollDesk {
  /** Those that are under way, each as the view has it, and in {@code says} what it waits for. */
  List<Map<String, Object>> rolls();

  /**
   * How far the roll of a zone is: {@code roll} is null when none is under way.
   *
   * @throws NoSuchThingException when Keyward uses no key for the zone
   */
  Map<String, Object> roll(Name zone);

  /**
   * Asks the signer to replace a key of a zone; gives the number of the request.
   *
   * @throws NoSuchThingException when Keyward uses no key for the zone
   * @throws ConflictException when its key is being replaced already
   */
  long startRoll(SigningRequest.Roll request);

  /**
   * Asks the signer for what becomes of the zone's roll; gives the number of the request.
   *
   * @param command {@code hold}, {@code resume}, {@code cancel} or {@code confirm}
   * @param role {@code ksk} or {@code zsk}; may be left out where one roll is under way
   * @throws NoSuchThingException when Keyward uses no key for the zone
   * @throws ConflictException when no roll is under way
   */
  long changeRoll(Name zone, String command, Optional<String> role, String reason, String actor);

  /** The DS records that parents are to get now. */
  List<Map<String, Object>> dsDue();
}
