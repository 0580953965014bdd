package org.keyward.keyset;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One key takes the place of another in many zones, in waves.
 *
 * @param zones of all waves
 */
public record Campaign(List<Zone> zones) {
  public Campaign {
    zones = List.copyOf(zones);
  }

  /** How far a zone is. */
  public enum Progress {
    /** Its roll has not begun. */
    WAITING,
    /** Its roll is under way, in either direction. */
    ROLLING,
    /** It has the new key, a person has cancelled its roll, or it was left out. */
    OVER
  }

  /**
   * One of its zones.
   *
   * @param wave from 1 on
   * @param trouble why no other zone is to begin now
   */
  public record Zone(int assignmentId, int wave, Progress progress, Optional<String> trouble) {}

  /** What is to be done. */
  public sealed interface Next {
    /** The rolls of these zones begin. */
    record Begin(int wave, List<Integer> assignmentIds) implements Next {
      public Begin {
        assignmentIds = List.copyOf(assignmentIds);
      }
    }

    /** Rolls of this wave are under way. */
    record Wait(int wave) implements Next {}

    /** A person has to look. */
    record Halt(String why) implements Next {}

    /** Each zone is over. */
    record End() implements Next {}
  }

  /**
   * A wave begins when each zone of those before is over; nothing begins while any zone that has
   * begun, or is about to, is in trouble.
   */
  public Next next() {
    OptionalInt wave =
        zones.stream().filter(zone -> zone.progress() != Progress.OVER).mapToInt(Zone::wave).min();
    if (wave.isEmpty()) {
      return new Next.End();
    }
    List<Zone> now =
        zones.stream()
            .filter(zone -> zone.wave() == wave.getAsInt() || zone.progress() == Progress.ROLLING)
            .toList();
    Optional<String> trouble =
        now.stream()
            .filter(zone -> zone.progress() != Progress.OVER)
            .flatMap(zone -> zone.trouble().stream())
            .findFirst();
    if (trouble.isPresent()) {
      return new Next.Halt(trouble.get());
    }
    List<Integer> waiting =
        now.stream()
            .filter(zone -> zone.progress() == Progress.WAITING)
            .map(Zone::assignmentId)
            .toList();
    return waiting.isEmpty()
        ? new Next.Wait(wave.getAsInt())
        : new Next.Begin(wave.getAsInt(), waiting);
  }
}
