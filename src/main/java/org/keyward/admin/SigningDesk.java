package org.keyward.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.dnssec.Algorithm;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Port to assignments and to what people have asked for: the same that the commands do. */
public interface SigningDesk {
  /**
   * Asks the signer to assign a key; gives the number of the request.
   *
   * @param mode empty leaves it to the signer's settings
   */
  long assign(
      Name zone,
      String token,
      String label,
      Optional<Algorithm> algorithm,
      Optional<SigningMode> mode,
      String reason,
      String actor);

  /**
   * Asks the signer to change who signs the zone; gives the number of the request.
   *
   * @param mode what the signer takes or refuses
   */
  long changeMode(Name zone, String mode, String reason, String actor);

  /** Asks the signer to take the key away; gives the number of the request. */
  long unassign(Name zone, String reason, String actor);

  /**
   * DS records for the parent, one for each key and digest.
   *
   * @param digests {@code sha256}, {@code sha384} or {@code sha1}
   */
  List<DSRecord> ds(Name zone, List<String> digests);

  /** The newest first. */
  List<Map<String, Object>> requests(boolean onlyWaiting, int limit);

  /**
   * @throws NoSuchThingException when there is none of that number
   */
  Map<String, Object> request(long id);

  /**
   * Lets a request take effect.
   *
   * @throws ConflictException when it does not wait, or its own maker approves it
   */
  void approve(long id, String actor);

  /**
   * Ends a request that waits; its own maker may, too.
   *
   * @throws ConflictException when it does not wait
   */
  void reject(long id, String reason, String actor);

  /**
   * Takes back a request that nobody has carried out, whoever made it.
   *
   * @throws ConflictException when it is being carried out, or over
   */
  void cancel(long id, String reason, String actor);
}
