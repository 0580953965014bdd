package org.keyward.audit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What was done with the keys of one zone, from the audit log alone, so also of a zone that is
 * gone. Give it the zone's events in their order. For one thread.
 */
public final class KeyHistory {
  private static final Pattern ROLL = Pattern.compile("(zsk|ksk) (\\d+) for (\\d+): (.*)");
  private static final Pattern STEP = Pattern.compile("(.*?)from (\\w+) to (\\w+|its end)(?:;.*)?");
  private static final Pattern ZSK = Pattern.compile("ZSK (?:(\\d+) )?in software.*");

  /** What a key does in the zone. */
  public enum State {
    /** It is known, and in no DNSKEY set that all servers show. */
    NEW,
    /** All servers show it. */
    PUBLISHED,
    /** Of a KSK: the parent has its DS. Of a ZSK: the zone is signed with it. */
    ACTIVE,
    /** Another one does what it did. */
    RETIRED,
    /** DNSKEY sets are made without it. */
    LEAVING,
    /** No server shows it. */
    REMOVED,
    /** Its private key is gone. */
    PURGED
  }

  /** A key of the zone: two may have one tag, when one of them is a ZSK. */
  private record Key(String role, int tag) {}

  /**
   * A key has another state.
   *
   * @param role {@code ksk} or {@code zsk}
   * @param key of a KSK that somebody named: {@code SERIAL/LABEL}; else empty
   * @param actor who asked, or which process went on
   */
  public record Change(
      String at, String role, int tag, String key, State state, String actor, String detail) {}

  private final Map<Key, State> states = new LinkedHashMap<>();
  private final List<Change> changes = new ArrayList<>();

  /** Takes the next event. */
  public void add(AuditRow event) {
    if (!event.field("result").equals("DONE")) {
      return;
    }
    switch (event.field("action")) {
      case "ASSIGN" -> change(event, new Key("ksk", tag(event)), State.NEW);
      case "ZSK_GENERATED" -> generated(event);
      case "ZONE_SIGNED" -> all(event, State.NEW, State.ACTIVE);
      case "ROLL_COMMAND", "ROLL_STEP" -> roll(event);
      case "ZSK_PURGED" -> change(event, new Key("zsk", tag(event)), State.PURGED);
      case "ZONE_UNSIGNED" -> end(event);
      case "MODE_CHANGED" -> {
        if (event.field("detail").contains("the assignment has ended")) {
          end(event);
        }
      }
      default -> {}
    }
  }

  private static int tag(AuditRow event) {
    return Integer.parseInt(event.field("key_tag"));
  }

  /** Those that PowerDNS has are not Keyward's. */
  private void generated(AuditRow event) {
    Matcher said = ZSK.matcher(event.field("detail"));
    if (said.matches()) {
      int tag = said.group(1) == null ? tag(event) : Integer.parseInt(said.group(1));
      change(event, new Key("zsk", tag), State.NEW);
    }
  }

  private void roll(AuditRow event) {
    Matcher said = ROLL.matcher(event.field("detail"));
    if (!said.matches()) {
      return;
    }
    Key stays = new Key(said.group(1), Integer.parseInt(said.group(2)));
    Key leaves = new Key(said.group(1), Integer.parseInt(said.group(3)));
    Matcher step = STEP.matcher(said.group(4));
    if (event.field("action").equals("ROLL_STEP") && step.matches()) {
      if (!step.group(1).isEmpty()) {
        change(event, leaves, State.PUBLISHED);
        return;
      }
      stepped(event, stays, leaves, step.group(3));
    } else if (said.group(4).startsWith("begins")) {
      change(event, stays, State.NEW);
    }
  }

  private void stepped(AuditRow event, Key stays, Key leaves, String phase) {
    switch (phase) {
      case "published" -> change(event, stays, State.PUBLISHED);
      case "retiring" -> {
        change(event, stays, State.ACTIVE);
        change(event, leaves, State.RETIRED);
      }
      case "leaving" -> change(event, leaves, State.LEAVING);
      case "forgotten" -> change(event, leaves, State.REMOVED);
      default -> {}
    }
  }

  private void end(AuditRow event) {
    for (State state : State.values()) {
      if (state.compareTo(State.REMOVED) < 0) {
        all(event, state, State.REMOVED);
      }
    }
  }

  private void all(AuditRow event, State from, State to) {
    List.copyOf(states.entrySet()).stream()
        .filter(entry -> entry.getValue() == from)
        .forEach(entry -> change(event, entry.getKey(), to));
  }

  private void change(AuditRow event, Key key, State state) {
    if (state == states.put(key, state)) {
      return;
    }
    boolean named = state == State.NEW && key.role().equals("ksk");
    changes.add(
        new Change(
            event.at(),
            key.role(),
            key.tag(),
            named ? event.field("token_serial") + "/" + event.field("key_label") : "",
            state,
            event.field("actor"),
            event.field("detail")));
  }

  /** In the order of their times. */
  public List<Change> changes() {
    return List.copyOf(changes);
  }
}
