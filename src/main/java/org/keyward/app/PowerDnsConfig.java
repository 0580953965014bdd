package org.keyward.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.keyward.config.BackendSecret;
import org.keyward.config.BackendSettings;
import org.keyward.config.ListenAddress;
import org.keyward.config.Secret;

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
      # One JSON request per line over a unix socket: the fastest way to ask, for zones of up to
      # %,d records. PowerDNS parses all that it has of a reply after each 1,500 bytes, so that a
      # large zone is neither transferred nor listed in time. The timeout is in milliseconds, and
      # longer than a restart of Keyward takes.
      remote-connection-string=unix:path=%s,timeout=%d
      """;
  private static final String HTTP =
      """
      # The whole request as a JSON body: for larger zones, and with primary=yes or secondary=yes.
      # From 4.9.14, 5.0.4 and 5.1 on, PowerDNS refuses a reply of more than 2 MiB. The timeout is
      # rounded down to whole seconds; a whole zone and the list of all zones must arrive within it,
      # and it is longer than a restart of Keyward takes. Whoever knows
      # the address may do what PowerDNS may: let nobody but root and PowerDNS read this file.
      remote-connection-string=http:url=http://%s%s,post=1,post_json=1,timeout=%d
      """;

  private static final String QUEUE =
      """
      # PowerDNS ends when 5,000 questions wait for Keyward. From this many on it answers from its
      # packet cache only, and drops the rest.
      overload-queue-length=1000

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

  private static final String ALLOWED =
      """

      # Zones go to the secondaries that may transfer them, with the signatures; say who they are:
      # allow-axfr-ips=192.0.2.53
      """;
  private static final String NO_TRANSFERS =
      """
      # No primary=yes or secondary=yes here: PowerDNS ends when the thread for that loses its
      # connection over the unix socket, which a restart of Keyward closes. --transfers prints a
      # configuration with them.
      """;
  private static final String TRANSFERS =
      """
      primary=yes
      secondary=yes
      """;
  private static final String MAY_TRANSFER =
      """
      # primary=yes
      # secondary=yes
      """;

  /** PowerDNS's client parses all that it has of a reply after each 1,500 bytes. */
  private static final int MOST_ZONES_LISTED_OVER_UNIX = 2_000;

  /** Records of the largest zone, signed or not; docs/decisions/0002 has what was measured. */
  static final int LARGEST_ZONE_OVER_UNIX = 1_000;

  /** A list of so many zones is made, sent and parsed in a second, on a slow machine too. */
  private static final int ZONES_LISTED_IN_A_SECOND = 20_000;

  /** The same for the records of a signed zone. */
  private static final int RECORDS_LISTED_IN_A_SECOND = 5_000;

  /** Longer than a restart of Keyward takes with a few thousand zones. */
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

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
   * What PowerDNS is for.
   *
   * @param split whether zones are in mode split, unless said otherwise
   * @param zones about how many zones there will be
   * @param largestZone about how many records the largest of them will have
   * @param transfers whether PowerDNS is to notify secondaries, or to be one
   */
  public record Demand(boolean split, int zones, int largestZone, boolean transfers) {
    /** What is taken for granted unless said otherwise. */
    public static final Demand DEFAULT = new Demand(false, 1_000, LARGEST_ZONE_OVER_UNIX, false);

    Transport transport() {
      return transfers || largestZone > LARGEST_ZONE_OVER_UNIX ? Transport.HTTP : Transport.UNIX;
    }
  }

  /**
   * The text of pdns.conf, over the transport that does what is asked for.
   *
   * @throws IllegalArgumentException when the backend does not listen on that transport, or the
   *     version is not known
   */
  public static String render(String version, BackendSettings backend, Demand demand) {
    return render(version, demand.transport(), backend, demand);
  }

  /**
   * The text of pdns.conf.
   *
   * @throws IllegalArgumentException when the transport cannot do what is asked for, or the backend
   *     does not listen on it, or the version is not known, or the secret part of the HTTP
   *     listener's path cannot be had; it is made when it is not there yet
   */
  public static String render(
      String version, Transport transport, BackendSettings backend, Demand demand) {
    Optional<Secret> secret =
        transport == Transport.HTTP && backend.http().isPresent()
            ? backend.secretFile().map(BackendSecret::readOrCreate)
            : Optional.empty();
    return render(version, transport, backend, secret, demand);
  }

  /**
   * @param secret the secret part of the HTTP listener's path
   */
  static String render(
      String version,
      Transport transport,
      BackendSettings backend,
      Optional<Secret> secret,
      Demand demand) {
    if (!versions().contains(version)) {
      throw new IllegalArgumentException(
          "PowerDNS " + version + " is not among " + String.join(", ", versions()));
    }
    if (demand.split() && version.startsWith("4.")) {
      throw new IllegalArgumentException(
          "signing.mode is split, which needs PowerDNS 5.0 or later; for "
              + version
              + " set it to presigned");
    }
    if (transport == Transport.UNIX) {
      refuseWhatUnixCannotDo(demand);
    }
    String common =
        QUEUE + DNSSEC + zoneList(transport, demand.zones()) + (demand.split() ? SPLIT : "");
    long timeout = timeout(demand).toMillis();
    return transport == Transport.UNIX
        ? head(version, "a unix socket", "unix")
            + UNIX.formatted(LARGEST_ZONE_OVER_UNIX, socket(backend), timeout)
            + common
            + UNIX_THREADS
            + ALLOWED
            + NO_TRANSFERS
        : head(version, "HTTP", "http")
            + HTTP.formatted(http(backend), path(backend, secret), timeout)
            + common
            + HTTP_THREADS
            + ALLOWED
            + (demand.transfers() ? TRANSFERS : MAY_TRANSFER);
  }

  private static void refuseWhatUnixCannotDo(Demand demand) {
    if (demand.transfers()) {
      throw new IllegalArgumentException(
          "over the unix socket PowerDNS with primary=yes or secondary=yes ends when Keyward"
              + " restarts: use --transport http with --transfers");
    }
    if (demand.largestZone() > LARGEST_ZONE_OVER_UNIX) {
      throw new IllegalArgumentException(
          "over the unix socket PowerDNS cannot transfer or list a zone of "
              + demand.largestZone()
              + " records in time, only up to "
              + LARGEST_ZONE_OVER_UNIX
              + ": use --transport http");
    }
  }

  private static String zoneList(Transport transport, int zones) {
    return transport == Transport.UNIX && zones > MOST_ZONES_LISTED_OVER_UNIX
        ? NO_ZONE_LIST.formatted(MOST_ZONES_LISTED_OVER_UNIX)
        : ZONE_LIST.formatted(listInterval(zones).toSeconds());
  }

  private static Duration timeout(Demand demand) {
    return CALL_TIMEOUT
        .plusSeconds(demand.zones() / ZONES_LISTED_IN_A_SECOND)
        .plusSeconds(demand.largestZone() / RECORDS_LISTED_IN_A_SECOND);
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

  private static String path(BackendSettings backend, Optional<Secret> secret) {
    String open = backend.path().equals("/") ? "" : backend.path();
    return open + secret.map(text -> "/" + new String(text.chars())).orElse("");
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
