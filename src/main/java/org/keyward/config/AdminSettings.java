package org.keyward.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The operators' side.
 *
 * @param http the listener: {@code /healthz}, {@code /readyz}, {@code /metrics}, the API, the page
 * @param signerHttp where the signer gives its own {@code /metrics}; empty for not at all
 * @param hosts names, beside the listeners' own, that clients may reach them by
 * @param twoPerson whether a signer that starts turns on that what matters waits for a second
 *     person
 * @param webhook is told of new findings; its address may be a secret
 * @param runwayWarning a zone that is signed for less is a finding
 * @param compare in what time a server compares all that it serves with what is stored; zero for
 *     not at all
 * @param validate where PowerDNS answers, to validate what it serves; empty for not at all
 */
public record AdminSettings(
    ListenAddress http,
    Optional<ListenAddress> signerHttp,
    List<String> hosts,
    boolean twoPerson,
    Optional<URI> webhook,
    Duration runwayWarning,
    Duration compare,
    Optional<ListenAddress> validate) {
  /** Where a PowerDNS on the same host answers. */
  static final String DEFAULT_VALIDATE = "127.0.0.1:53";

  public static final AdminSettings DEFAULT =
      new AdminSettings(
          new ListenAddress("127.0.0.1", 8054),
          Optional.empty(),
          List.of(),
          false,
          Optional.empty(),
          Duration.ofDays(14),
          Duration.ofMinutes(15),
          validateAt(DEFAULT_VALIDATE));

  public AdminSettings {
    hosts = List.copyOf(hosts);
  }

  /** Reads a duration, or {@code off}. */
  static Duration compareIn(String text) {
    return text.equals("off") ? Duration.ZERO : Durations.parse(text);
  }

  /** Reads an address, or {@code none}. */
  static Optional<ListenAddress> validateAt(String text) {
    return text.equals("none") ? Optional.empty() : Optional.of(ListenAddress.parse(text));
  }

  /** Reads {@code true} or {@code false}. */
  static boolean yesOrNo(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
    };
  }

  /** Reads an address to post to; says nothing of it when it is none. */
  static URI webhook(String text) {
    if (!text.matches("https?://[^/\\s]+(/\\S*)?")) {
      throw new IllegalArgumentException("is not an address such as https://host/path");
    }
    return URI.create(text);
  }
}
