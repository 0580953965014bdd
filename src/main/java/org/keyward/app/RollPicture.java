package org.keyward.app;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/**
 * How far the roll of a zone is: its phases, its keys, its servers, and one sentence that says what
 * it waits for and what to do.
 */
public final class RollPicture {
  private static final List<String> PHASES =
      List.of("entering", "published", "switching", "retiring", "leaving", "forgotten");

  /** As listings write it. */
  private final String zone;

  private final Map<String, Object> roll;
  private final List<Map<String, Object>> keys;
  private final List<Map<String, Object>> servers;
  private final List<Map<String, Object>> history;

  /**
   * @param roll empty when none is under way
   */
  RollPicture(
      Name zone,
      Map<String, Object> roll,
      List<Map<String, Object>> keys,
      List<Map<String, Object>> servers,
      List<Map<String, Object>> history) {
    this.zone = NameText.of(zone);
    this.roll = roll;
    this.keys = keys;
    this.servers = servers;
    this.history = history;
  }

  /** For programs. */
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("zone", zone);
    values.put("says", sentence());
    values.put("roll", roll.isEmpty() ? null : plain(roll));
    values.put("keys", keys.stream().map(RollPicture::plain).toList());
    values.put("servers", servers.stream().map(RollPicture::plain).toList());
    values.put("history", history.stream().map(RollPicture::plain).toList());
    return values;
  }

  /** The phase of the roll; empty when none is under way. */
  Optional<String> phase() {
    return Optional.ofNullable(roll.get("phase")).map(String::valueOf);
  }

  /** A roll without what belongs to it: its row, and the sentence. */
  Map<String, Object> line() {
    Map<String, Object> line = plain(roll);
    line.put("says", sentence());
    return line;
  }

  private static Map<String, Object> plain(Map<String, Object> row) {
    Map<String, Object> plain = new LinkedHashMap<>();
    row.forEach((key, value) -> plain.put(key, value instanceof Instant at ? time(at) : value));
    return plain;
  }

  /** For people. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (!roll.isEmpty()) {
      lines.add(
          "%s: %s %s takes the place of %s"
              .formatted(
                  zone,
                  text("role").toUpperCase(Locale.ROOT),
                  roll.get("new_tag"),
                  roll.get("old_tag")));
      lines.add("  " + phases());
    }
    for (Map<String, Object> key : keys) {
      lines.add(
          "  %s %s %s%s%s"
              .formatted(
                  String.valueOf(key.get("role")).toUpperCase(Locale.ROOT),
                  key.get("key_tag"),
                  key.get("state"),
                  span(", published", key.get("published_from"), key.get("published_until")),
                  span(", signs", key.get("signs_from"), key.get("signs_until"))));
    }
    if (!roll.isEmpty()) {
      servers.forEach(server -> lines.add("  server " + said(server)));
    }
    lines.add(sentence());
    return lines;
  }

  private String phases() {
    return PHASES.stream()
        .map(phase -> phase.equals(roll.get("phase")) ? "[" + phase + "]" : phase)
        .collect(Collectors.joining(" > "));
  }

  private static String span(String what, Object from, Object until) {
    return from == null
        ? ""
        : what + " from " + time(from) + (until == null ? "" : " until " + time(until));
  }

  private static String said(Map<String, Object> server) {
    return server.get("failure") != null
        ? "%s: %s, since %s"
            .formatted(
                server.get("address"), server.get("failure"), time(server.get("failing_since")))
        : "%s: serial %s, ZSKs %s, signatures by %s, at %s"
            .formatted(
                server.get("address"),
                server.get("serial"),
                server.get("zsk_tags"),
                server.get("signing_tags"),
                time(server.get("answered_at")));
  }

  private String text(String column) {
    return String.valueOf(roll.get(column));
  }

  private static String time(Object at) {
    return at instanceof Instant instant
        ? instant.truncatedTo(ChronoUnit.SECONDS).toString()
        : String.valueOf(at);
  }

  /** What it waits for, since when, and what to do. */
  private String sentence() {
    if (roll.isEmpty()) {
      return zone
          + " has no roll under way; 'keyward roll start "
          + zone
          + " --zsk' replaces its ZSK";
    }
    String since = " since " + time(roll.get("waits_since"));
    return switch (text("waits_for")) {
      case "person" ->
          "It is held%s, which is safe; 'keyward roll resume %s' lets it go on"
              .formatted(since, zone);
      case "clock" ->
          ("It stands still, as all rolls do, until %s, because the clock jumped (%s); set it right, or"
                  + " 'keyward clock accept' lets rolls go on")
              .formatted(time(roll.get("stopped_until")), roll.get("jump"));
      case "stock" ->
          text("phase").equals("leaving")
              ? "It waits%s until DNSKEY sets with the old key, which are signed already, are used up; nothing is to be done"
                  .formatted(since)
              : "It waits%s until DNSKEY sets without the new key, which are signed already, are used up; nothing is to be done"
                  .formatted(since);
      case "servers" ->
          ("It waits%s for name servers of the zone: each has to show serial %s or a later one, and the keys of"
                  + " this phase; see to those that do not, or that do not answer")
              .formatted(since, roll.get("serial"));
      case "caches" ->
          "It waits%s until %s, when caches have forgotten what was before; nothing is to be done"
              .formatted(since, time(roll.get("waits_until")));
      default -> "It waits%s for the signer; see that one is running".formatted(since);
    };
  }
}
