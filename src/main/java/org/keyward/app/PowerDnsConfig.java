package org.keyward.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.keyward.config.BackendSecret;
import org.keyward.config.BackendSettings;
import org.keyward.config.Secret;

/** Writes the pdns.conf that makes PowerDNS ask Keyward, with the reason for every setting. */
public final class PowerDnsConfig {
  private static final String HEAD =
      """
      # PowerDNS %s asking Keyward over %s.
      # Printed by: keyward pdns-config --powerdns %s --transport %s

      launch=remote
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

      # No list of all zones: over %s PowerDNS cannot read that of more than %,d, and it ends
      # at start. It looks for a name's zone label by label instead.
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

  private static final String FEW_THREADS =
      """

      # Each thread has a connection of its own; a few keep two cores busy.
      distributor-threads=%d
      """;
  private static final String MANY_THREADS =
      """

      # Each HTTP call makes PowerDNS wait for a millisecond, at no CPU: many threads hide it.
      distributor-threads=%d
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

  /**
   * What PowerDNS is for.
   *
   * @param split whether zones are in mode split, unless said otherwise
   * @param zones about how many zones there will be
   * @param largestZone about how many records the largest of them will have
   * @param transfers whether PowerDNS is to notify secondaries, or to be one
   * @param relay where keyward-relay is
   */
  public record Demand(boolean split, int zones, int largestZone, boolean transfers, Path relay) {
    /** Where the relay is installed. */
    public static final String RELAY = "/usr/bin/keyward-relay";

    /** What is taken for granted unless said otherwise. */
    public static final Demand DEFAULT =
        new Demand(false, 1_000, PowerDnsTransport.LARGEST_ZONE_OVER_UNIX, false, Path.of(RELAY));

    PowerDnsTransport transport() {
      return transfers || largestZone > PowerDnsTransport.LARGEST_ZONE_OVER_UNIX
          ? PowerDnsTransport.PIPE
          : PowerDnsTransport.UNIX;
    }

    /** Longer than a restart takes, and long enough for what is largest. */
    private Duration timeout() {
      return CALL_TIMEOUT
          .plusSeconds(zones / ZONES_LISTED_IN_A_SECOND)
          .plusSeconds(largestZone / RECORDS_LISTED_IN_A_SECOND);
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
      String version, PowerDnsTransport transport, BackendSettings backend, Demand demand) {
    Optional<Secret> secret =
        transport == PowerDnsTransport.HTTP && backend.http().isPresent()
            ? backend.secretFile().map(BackendSecret::readOrCreate)
            : Optional.empty();
    return render(version, transport, backend, secret, demand);
  }

  /**
   * @param secret the secret part of the HTTP listener's path
   */
  static String render(
      String version,
      PowerDnsTransport transport,
      BackendSettings backend,
      Optional<Secret> secret,
      Demand demand) {
    check(version, demand);
    check(version, transport, demand);
    return HEAD.formatted(version, transport.title(), version, transport.word())
        + transport.connection(backend, secret, demand.relay(), demand.timeout().toSeconds())
        + QUEUE
        + DNSSEC
        + zoneList(version, transport, demand.zones())
        + (demand.split() ? SPLIT : "")
        + (transport == PowerDnsTransport.HTTP ? MANY_THREADS : FEW_THREADS)
            .formatted(transport.threads())
        + ALLOWED
        + transfers(transport, demand);
  }

  private static void check(String version, Demand demand) {
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
  }

  private static void check(String version, PowerDnsTransport transport, Demand demand) {
    if (demand.transfers() && !transport.outlivesConnections()) {
      throw new IllegalArgumentException(
          "over the unix socket PowerDNS with primary=yes or secondary=yes ends when Keyward"
              + " restarts: use --transport pipe with --transfers");
    }
    int largest = transport.largestZone(version);
    if (demand.largestZone() > largest) {
      throw new IllegalArgumentException(
          "over "
              + transport.title()
              + " PowerDNS "
              + version
              + " cannot transfer or list a zone of "
              + demand.largestZone()
              + " records, only up to "
              + largest
              + ": use --transport pipe");
    }
  }

  private static String zoneList(String version, PowerDnsTransport transport, int zones) {
    int most = transport.mostZonesListed(version);
    return zones > most
        ? NO_ZONE_LIST.formatted(transport.title(), most)
        : ZONE_LIST.formatted(listInterval(zones).toSeconds());
  }

  private static String transfers(PowerDnsTransport transport, Demand demand) {
    if (demand.transfers()) {
      return TRANSFERS;
    }
    return transport.outlivesConnections() ? MAY_TRANSFER : NO_TRANSFERS;
  }

  /** The list is to take a tenth of PowerDNS's time at most. */
  private static Duration listInterval(int zones) {
    return LIST_INTERVAL.multipliedBy(1 + zones / ZONES_LISTED_IN_A_SECOND);
  }
}
