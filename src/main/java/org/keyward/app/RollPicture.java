package org.keyward.app;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.TimeText;
import org.keyward.keyset.KeyRole;
import org.xbill.DNS.Name;

/**
 * How far the rolls of a zone are: their phases, its keys, its servers, and of each roll one
 * sentence that says what it waits for and what to do.
 */
public final class RollPicture {
  private static final List<String> OF_ZSKS =
      List.of("entering", "published", "switching", "retiring", "leaving", "forgotten");
  private static final List<String> OF_KSKS =
      List.of("entering", "published", "submitted", "retiring", "leaving", "forgotten");

  /** As listings write it. */
  private final String zone;

  private final List<Map<String, Object>> rolls;
  private final List<Map<String, Object>> keys;
  private final Map<KeyRole, String> obstacles;
  private final List<Map<String, Object>> servers;
  private final Parent parent;
  private final List<Map<String, Object>> history;

  /**
   * What the parent shows, and is to show.
   *
   * @param due the DS that it is to get now; empty when it is to get none
   */
  record Parent(List<Map<String, Object>> servers, List<Map<String, Object>> due) {
    static final Parent NOT_LOOKED_AT = new Parent(List.of(), List.of());

    Parent {
      servers = List.copyOf(servers);
      due = List.copyOf(due);
    }
  }

  /**
   * @param obstacles why keys of a role are not replaced in this zone now, to be read after its
   *     name
   * @param rolls empty when none is under way
   */
  RollPicture(
      Name zone,
      Map<KeyRole, String> obstacles,
      List<Map<String, Object>> rolls,
      List<Map<String, Object>> keys,
      List<Map<String, Object>> servers,
      Parent parent,
      List<Map<String, Object>> history) {
    this.zone = NameText.of(zone);
    this.obstacles = Map.copyOf(obstacles);
    this.rolls = List.copyOf(rolls);
    this.keys = keys;
    this.servers = servers;
    this.parent = parent;
    this.history = history;
  }

  /** For programs. */
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("zone", zone);
    values.put("says", rolls.isEmpty() ? nothing() : says(rolls.get(0)));
    values.put("roll", rolls.isEmpty() ? null : plain(rolls.get(0)));
    values.put("rolls", lineOfEach());
    values.put("ds_due", parent.due().stream().map(RollPicture::plain).toList());
    values.put("parent", parent.servers().stream().map(RollPicture::plain).toList());
    values.put("keys", keys.stream().map(RollPicture::plain).toList());
    values.put("servers", servers.stream().map(RollPicture::plain).toList());
    values.put("history", history.stream().map(RollPicture::plain).toList());
    return values;
  }

  /** Which rolls are under way: {@code ksk}, {@code zsk}, both or none. */
  public List<String> roles() {
    return rolls.stream().map(roll -> String.valueOf(roll.get("role"))).toList();
  }

  /** The phase of a roll; empty when none of this role is under way. */
  Optional<String> phase(String role) {
    return rolls.stream()
        .filter(roll -> role.equals(roll.get("role")))
        .map(roll -> text(roll, "phase"))
        .findFirst();
  }

  /** Each roll without what belongs to it: its row, and the sentence. */
  List<Map<String, Object>> lineOfEach() {
    return rolls.stream().map(this::line).toList();
  }

  private Map<String, Object> line(Map<String, Object> roll) {
    Map<String, Object> line = plain(roll);
    line.put("says", says(roll));
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
    for (Map<String, Object> roll : rolls) {
      lines.add(
          "%s: %s %s takes the place of %s"
              .formatted(
                  zone,
                  text(roll, "role").toUpperCase(Locale.ROOT),
                  roll.get("new_tag"),
                  roll.get("old_tag")));
      lines.add("  " + phases(roll));
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
    if (!rolls.isEmpty()) {
      servers.forEach(server -> lines.add("  server " + said(server)));
    }
    if (phase("ksk").isPresent()) {
      parent.servers().forEach(server -> lines.add("  parent " + shown(server)));
      parent.due().forEach(due -> lines.add("  due    " + due.get("record")));
    }
    rolls.forEach(roll -> lines.add(says(roll)));
    if (rolls.isEmpty()) {
      lines.add(nothing());
    }
    return lines;
  }

  private static String shown(Map<String, Object> server) {
    return "%s %s: %s"
        .formatted(
            server.get("server"),
            server.get("address"),
            server.get("ds") instanceof List<?> ds && !ds.isEmpty()
                ? "DS "
                    + ds.stream()
                        .map(one -> String.valueOf(one).split(" ", 2)[0])
                        .collect(Collectors.joining(", "))
                    + ", TTL "
                    + server.get("ttl")
                : server.get("shows") + " " + server.get("detail"));
  }

  private static String phases(Map<String, Object> roll) {
    return ("ksk".equals(roll.get("role")) ? OF_KSKS : OF_ZSKS)
        .stream()
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
        : "%s: serial %s, KSKs %s, ZSKs %s, signatures by %s, at %s"
            .formatted(
                server.get("address"),
                server.get("serial"),
                server.get("ksk_tags"),
                server.get("zsk_tags"),
                server.get("signing_tags"),
                time(server.get("answered_at")));
  }

  private static String text(Map<String, Object> roll, String column) {
    return String.valueOf(roll.get(column));
  }

  private static String time(Object at) {
    return at instanceof Instant instant ? TimeText.of(instant) : String.valueOf(at);
  }

  private String nothing() {
    String none = zone + " has no roll under way";
    String start = "; 'keyward roll start " + zone;
    if (obstacles.containsKey(KeyRole.KSK)) {
      return none + ", and" + obstacles.get(KeyRole.KSK);
    }
    return obstacles.containsKey(KeyRole.ZSK)
        ? none + start + " ksk --to TOKEN/LABEL' replaces its KSK; it" + obstacles.get(KeyRole.ZSK)
        : none
            + start
            + " zsk' replaces its ZSK, with ksk --to TOKEN/LABEL in place of zsk its KSK";
  }

  /** With which roll is meant, where there are two. */
  private String says(Map<String, Object> roll) {
    return (rolls.size() > 1 ? text(roll, "role").toUpperCase(Locale.ROOT) + ": " : "")
        + sentence(roll);
  }

  /** What it waits for, since when, and what to do. */
  private String sentence(Map<String, Object> roll) {
    String since = " since " + time(roll.get("waits_since"));
    return switch (text(roll, "waits_for")) {
      case "person" ->
          "It is held%s, which is safe; 'keyward roll resume %s' lets it go on"
              .formatted(since, zone);
      case "clock" ->
          ("It stands still, as all rolls do, until %s, because the clock jumped (%s); set it right, or"
                  + " 'keyward clock accept' lets rolls go on")
              .formatted(time(roll.get("stopped_until")), roll.get("jump"));
      case "stock" ->
          text(roll, "phase").equals("leaving")
              ? "It waits%s until DNSKEY sets with the old key, which are signed already, are used up; nothing is to be done"
                  .formatted(since)
              : "It waits%s until DNSKEY sets without the new key, which are signed already, are used up; nothing is to be done"
                  .formatted(since);
      case "servers" ->
          ("It waits%s for name servers of the zone: each has to show serial %s or a later one, and the keys of"
                  + " this phase; see to those that do not, or that do not answer")
              .formatted(since, roll.get("serial"));
      case "parent" -> waitsForParent(roll, since);
      case "caches" ->
          "It waits%s until %s, when caches have forgotten what was before; nothing is to be done"
              .formatted(since, time(roll.get("waits_until")));
      default -> "It waits%s for the signer; see that one is running".formatted(since);
    };
  }

  private String waitsForParent(Map<String, Object> roll, String since) {
    Optional<Map<String, Object>> due = parent.due().stream().findFirst();
    if (due.filter(one -> Boolean.TRUE.equals(one.get("written"))).isPresent()) {
      return ("It waits%s for the parent: every one of its name servers has to have the DS of key %s, which"
              + " Keyward writes into %s, a zone of this database, by itself; nothing is to be done unless one"
              + " stays behind")
          .formatted(since, roll.get("new_tag"), shownName(due.get().get("parent")));
    }
    return ("It waits%s for the parent: every one of its name servers has to have the DS of key %s; hand in what"
            + " 'keyward roll ds-due' prints, in place of the DS of key %s%s; where they cannot all be asked,"
            + " look yourself, and 'keyward roll confirm %s --ds %s' says so")
        .formatted(
            since,
            roll.get("new_tag"),
            roll.get("old_tag"),
            due.filter(one -> one.get("obstacle") != null)
                .map(
                    one ->
                        " (Keyward does not write it into %s: %s)"
                            .formatted(shownName(one.get("parent")), one.get("obstacle")))
                .orElse(""),
            zone,
            roll.get("new_tag"));
  }

  private static String shownName(Object parent) {
    return String.valueOf(parent).isEmpty() ? "." : String.valueOf(parent);
  }
}
