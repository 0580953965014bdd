package org.keyward.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.keyward.config.BackendSettings;
import org.keyward.config.ListenAddress;

/** Writes the pdns.conf that makes PowerDNS ask Keyward, with the reason for every setting. */
public final class PowerDnsConfig {
  private static final String HEAD =
      """
      # PowerDNS %s asking Keyward over %s.
      # Printed by: keyward pdns-config --powerdns %s --transport %s

      launch=remote
      """;

  private static final String UNIX =
      """
      # One JSON request per line over a unix socket: 10,000 queries/s and more, where HTTP gives
      # under 1,000 per thread. The timeout is in milliseconds. A reply of a megabyte (the transfer
      # of a large zone) is too slow over it: use --transport http there.
      remote-connection-string=unix:path=%s,timeout=2000
      """;
  private static final String HTTP =
      """
      # The whole request as a JSON body. The timeout is rounded down to whole seconds; the list of
      # all zones must arrive within it.
      remote-connection-string=http:url=http://%s%s,post=1,post_json=1,timeout=%d
      """;

  private static final String DNSSEC =
      """
      # Signatures, keys and TSIG come from the backend; TSIG needs this even without signed zones.
      remote-dnssec=yes

      # Without it PowerDNS does not follow a DNAME, and denies the names below it: bogus in a zone
      # that is signed ahead.
      dname-processing=yes

      # Keyward answers from memory, and a zone signed by Keyward must not be mixed from old and new:
      # with these caches on, a name just added is denied by proofs that no longer fit, and bogus.
      query-cache-ttl=0
      negquery-cache-ttl=0

      # Without those caches nothing is gained by asking for everything at a name where one type is
      # wanted, and PowerDNS parses much less.
      consistent-backends=no

      # Whole packets are cached: never bogus, but up to this many seconds old after a change.
      cache-ttl=20

      # How soon PowerDNS sees that a zone turned signed. Never 0: that triples the calls for each
      # query.
      zone-metadata-cache-ttl=10
      dnssec-key-cache-ttl=10
      """;

  private static final String ZONE_LIST =
      """

      # How soon PowerDNS sees that a zone was created: it reads the list of all zones anew.
      zone-cache-refresh-interval=%d
      """;
  private static final String NO_ZONE_LIST =
      """

      # No list of all zones: over the unix socket that of more than %,d takes PowerDNS longer than the
      # timeout, and it ends at start. It looks for a name's zone label by label instead.
      zone-cache-refresh-interval=0
      """;

  private static final String SPLIT =
      """

      # For zones in mode split: the DNSKEY set and its signatures come from Keyward. PowerDNS signs no
      # DNSKEY set by itself with this, so zones with keys of its own would be bogus here. Never set
      # default-publish-cds or default-publish-cdnskey: PowerDNS would publish the ZSK for the parent.
      direct-dnskey=yes
      direct-dnskey-signature=yes
      """;

  private static final String UNIX_THREADS =
      """

      # Each thread has a connection of its own. Over the unix socket a few keep two cores busy.
      distributor-threads=3
      """;
  private static final String HTTP_THREADS =
      """

      # Each HTTP call makes PowerDNS wait for a millisecond, at no CPU: many threads hide it.
      distributor-threads=32
      """;

  private static final String TRANSFERS =
      """

      # Zones go to the secondaries that may transfer them, with the signatures; say who they are:
      # allow-axfr-ips=192.0.2.53
      # primary=yes
      """;

  /** PowerDNS's client parses all that it has of a reply after each 1,500 bytes. */
  private static final int MOST_ZONES_LISTED_OVER_UNIX = 2_000;

  /** A list of so many zones is made, sent and parsed in a second, on a slow machine too. */
  private static final int ZONES_LISTED_IN_A_SECOND = 20_000;

  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration LIST_INTERVAL = Duration.ofSeconds(10);

  private PowerDnsConfig() {}

  /** The versions of PowerDNS that Keyward is tested with. */
  public static List<String> versions() {
    return List.of("4.7", "4.9", "5.1");
  }

  /** How PowerDNS reaches Keyward. */
  public enum Transport {
    UNIX,
    HTTP;

    /** Reads {@code unix} or {@code http}. */
    public static Optional<Transport> parse(String text) {
      return Arrays.stream(values()).filter(t -> t.name().equalsIgnoreCase(text)).findFirst();
    }
  }

  /**
   * The text of pdns.conf.
   *
   * @param split whether zones are in mode split, unless said otherwise
   * @param zones about how many zones there will be
   * @throws IllegalArgumentException when the backend does not listen on that transport, or the
   *     version is not known
   */
  public static String render(
      String version, Transport transport, BackendSettings backend, boolean split, int zones) {
    if (!versions().contains(version)) {
      throw new IllegalArgumentException(
          "PowerDNS " + version + " is not among " + String.join(", ", versions()));
    }
    if (split && version.startsWith("4.")) {
      throw new IllegalArgumentException(
          "signing.mode is split, which needs PowerDNS 5.0 or later; for "
              + version
              + " set it to presigned");
    }
    String common = DNSSEC + zoneList(transport, zones) + (split ? SPLIT : "");
    return transport == Transport.UNIX
        ? head(version, "a unix socket", "unix")
            + UNIX.formatted(socket(backend))
            + common
            + UNIX_THREADS
            + TRANSFERS
        : head(version, "HTTP", "http")
            + HTTP.formatted(http(backend), backend.path(), timeout(zones).toMillis())
            + common
            + HTTP_THREADS
            + TRANSFERS;
  }

  private static String zoneList(Transport transport, int zones) {
    return transport == Transport.UNIX && zones > MOST_ZONES_LISTED_OVER_UNIX
        ? NO_ZONE_LIST.formatted(MOST_ZONES_LISTED_OVER_UNIX)
        : ZONE_LIST.formatted(listInterval(zones).toSeconds());
  }

  private static Duration timeout(int zones) {
    return CALL_TIMEOUT.plusSeconds(zones / ZONES_LISTED_IN_A_SECOND);
  }

  /** The list is to take a tenth of PowerDNS's time at most. */
  private static Duration listInterval(int zones) {
    return LIST_INTERVAL.multipliedBy(1 + zones / ZONES_LISTED_IN_A_SECOND);
  }

  private static String head(String version, String over, String transport) {
    return HEAD.formatted(version, over, version, transport);
  }

  private static Path socket(BackendSettings backend) {
    return backend
        .unix()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "backend.unix is not configured; use --transport http or configure it"));
  }

  private static ListenAddress http(BackendSettings backend) {
    return backend
        .http()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "backend.http is not configured; use --transport unix or configure it"));
  }
}
