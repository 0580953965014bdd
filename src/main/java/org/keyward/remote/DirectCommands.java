package org.keyward.remote;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.keyward.zone.Zones;

/** What {@code pdnsutil backend-cmd remote …} can ask. */
final class DirectCommands {
  private static final String HELP =
      """
      help     this list
      status   how long the backend has been up, and how many zones it has
      version  the version of the backend
      """;

  private final Zones zones;
  private final String version;
  private final Clock clock;
  private final Instant started;

  DirectCommands(Zones zones, String version, Clock clock) {
    this.zones = zones;
    this.version = version;
    this.clock = clock;
    this.started = clock.instant();
  }

  String run(String command) {
    return switch (command.strip().toLowerCase(Locale.ROOT)) {
      case "help", "" -> HELP;
      case "status" -> status();
      case "version" -> "keyward " + version + "\n";
      default -> "unknown command '" + command.strip() + "'; there are:\n" + HELP;
    };
  }

  private String status() {
    Duration up = Duration.between(started, clock.instant());
    return "up for " + up.toSeconds() + " s, " + zones.headers().size() + " zones\n";
  }
}
