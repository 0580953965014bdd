package org.keyward.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How keys are replaced.
 *
 * @param zskLifetime after which a ZSK is replaced by itself, unless a policy says otherwise;
 *     empty: 91 days, or as long as a roll takes
 * @param propagation how long it takes until all servers of a zone have a change
 * @param safety on top of each wait
 * @param dataTtl TTL of records that is reckoned with at the least
 * @param dsTtl TTL of a DS that is reckoned with at the least
 * @param parentPropagation how long it takes until all servers of a parent have a change
 * @param servers who is asked for what a zone shows, instead of the addresses of its name servers;
 *     empty: those
 */
public record RollSettings(
    Optional<Duration> zskLifetime,
    Duration propagation,
    Duration safety,
    Duration dataTtl,
    Duration dsTtl,
    Duration parentPropagation,
    List<ListenAddress> servers) {
  public static final RollSettings DEFAULT =
      new RollSettings(
          Optional.empty(),
          Duration.ofHours(1),
          Duration.ofHours(1),
          Duration.ofDays(1),
          Duration.ofDays(1),
          Duration.ofHours(1),
          List.of());

  public RollSettings {
    servers = List.copyOf(servers);
  }

  static List<ListenAddress> servers(String text) {
    return Arrays.stream(text.split("[,\\s]+"))
        .filter(word -> !word.isEmpty())
        .map(ListenAddress::parse)
        .toList();
  }

  /**
   * The shortest lifetime for which a roll is over before the next one begins.
   *
   * @param runway for how long ahead is signed: the new key enters, and the old one leaves, there
   */
  Duration leastLifetime(Duration runway, Duration step, Duration dnskeyTtl) {
    return runway
        .plus(dnskeyTtl)
        .multipliedBy(2)
        .plus(step)
        .plus(dataTtl)
        .plus(propagation.multipliedBy(4))
        .plus(safety.multipliedBy(3));
  }
}
