package org.keyward.app;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.keyward.config.BackendSettings;
import org.keyward.config.ListenAddress;
import org.keyward.config.Secret;
import org.keyward.signing.LargestZone;

/**
 * How PowerDNS reaches Keyward, and what PowerDNS's client for it can do; docs/decisions/0002 has
 * what was measured.
 */
public enum PowerDnsTransport {
  /**
   * Parses all that it has of a reply after each 1,500 bytes, and throws when a connection ends.
   */
  UNIX("a unix socket"),

  /** Reads a reply as one line from {@code keyward-relay}, which outlives connections. */
  PIPE("a pipe and a unix socket"),

  /** From 4.9.14 and 5.0.4 on, refuses a reply of more than 2 MiB. */
  HTTP("HTTP");

  /** Records of the largest zone, signed or not, that goes over the unix socket. */
  static final int LARGEST_ZONE_OVER_UNIX = LargestZone.UNIX.records();

  /** The same over HTTP, where PowerDNS has a limit: 2 MiB hold so many records, signed. */
  static final int LARGEST_ZONE_OVER_HTTP = LargestZone.HTTP.records();

  private static final int MOST_ZONES_LISTED_OVER_UNIX = 2_000;
  private static final int MOST_ZONES_LISTED_OVER_HTTP = 15_000;

  private static final String UNIX_CONNECTION =
      """
      # One JSON request per line over a unix socket: the fastest way to ask, for zones of up to
      # %,d records. PowerDNS parses all that it has of a reply after each 1,500 bytes, so that a
      # large zone is neither transferred nor listed in time; --largest-zone prints a configuration
      # for it. The timeout is in milliseconds, and longer than a restart of Keyward takes.
      remote-connection-string=unix:path=%s,timeout=%d
      """;
  private static final String PIPE_CONNECTION =
      """
      # keyward-relay carries requests to the unix socket: PowerDNS reads its replies as lines, so that
      # zones and lists of any size arrive, and it waits while Keyward restarts, %d seconds at most. It
      # runs as PowerDNS's user. No timeout here: with one, PowerDNS reads byte by byte.
      remote-connection-string=pipe:command=%s %s %d,timeout=0
      """;
  private static final String HTTP_CONNECTION =
      """
      # The whole request as a JSON body. The timeout is rounded down to whole seconds; a whole zone
      # and the list of all zones must arrive within it, and it is longer than a restart takes. From
      # 4.9.14, 5.0.4 and 5.1 on, PowerDNS refuses a reply of more than 2 MiB: use --transport pipe
      # for zones of more than %,d records there. Whoever knows the address may do what PowerDNS may:
      # let nobody but root and PowerDNS read this file.
      remote-connection-string=http:url=http://%s%s,post=1,post_json=1,timeout=%d
      """;

  private final String title;

  PowerDnsTransport(String title) {
    this.title = title;
  }

  /** Reads {@code unix}, {@code pipe} or {@code http}. */
  public static Optional<PowerDnsTransport> parse(String text) {
    return Arrays.stream(values()).filter(t -> t.word().equalsIgnoreCase(text)).findFirst();
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  String title() {
    return title;
  }

  /** Threads hide what a call of PowerDNS waits for: over HTTP a millisecond each. */
  int threads() {
    return this == HTTP ? 32 : 3;
  }

  /** How many zones PowerDNS can read the list of. */
  int mostZonesListed(String version) {
    return switch (this) {
      case UNIX -> MOST_ZONES_LISTED_OVER_UNIX;
      case PIPE -> Integer.MAX_VALUE;
      case HTTP -> limitsReplies(version) ? MOST_ZONES_LISTED_OVER_HTTP : Integer.MAX_VALUE;
    };
  }

  /** Of how many records the largest zone may be. */
  int largestZone(String version) {
    return switch (this) {
      case UNIX -> LARGEST_ZONE_OVER_UNIX;
      case PIPE -> Integer.MAX_VALUE;
      case HTTP -> limitsReplies(version) ? LARGEST_ZONE_OVER_HTTP : Integer.MAX_VALUE;
    };
  }

  /** Whether PowerDNS with primary=yes or secondary=yes goes on when a connection ends. */
  boolean outlivesConnections() {
    return this != UNIX;
  }

  private static boolean limitsReplies(String version) {
    return !version.equals("4.7");
  }

  /**
   * The lines of pdns.conf.
   *
   * @param secret the secret part of the HTTP listener's path
   * @throws IllegalArgumentException when the backend does not listen there
   */
  String connection(BackendSettings backend, Optional<Secret> secret, Path relay, long seconds) {
    return switch (this) {
      case UNIX ->
          UNIX_CONNECTION.formatted(LARGEST_ZONE_OVER_UNIX, socket(backend), seconds * 1_000);
      case PIPE -> PIPE_CONNECTION.formatted(seconds, relay, socket(backend), seconds);
      case HTTP ->
          HTTP_CONNECTION.formatted(
              LARGEST_ZONE_OVER_HTTP, address(backend), path(backend, secret), seconds * 1_000);
    };
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

  private static ListenAddress address(BackendSettings backend) {
    return backend
        .http()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "backend.http is not configured; use --transport unix or pipe, or configure"
                        + " it"));
  }
}
