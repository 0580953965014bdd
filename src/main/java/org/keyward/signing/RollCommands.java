package org.keyward.signing;

import java.time.Instant;
import java.util.Optional;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.Commands;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySetPlanner;
import org.keyward.keyset.Pace;
import org.keyward.keyset.Policy;
import org.keyward.signing.RollStore.Start;
import org.keyward.signing.RollStore.ZoneRolls;
import org.xbill.DNS.Name;

/** What people ask of rolls, and rolls that begin by themselves. Thread-safe. */
final class RollCommands {
  private final RollStore store;
  private final SigningSettings settings;

  RollCommands(RollStore store, SigningSettings settings) {
    this.store = store;
    this.settings = settings;
  }

  /** How the keys of this zone are kept. */
  KeySetPlanner planner(ZoneRolls zone) {
    Policy usual = Policy.DEFAULT;
    return new KeySetPlanner(
        zone.zone(),
        new Policy(
            zone.schedule(),
            zone.runway(),
            zone.dnskeyTtl(),
            Optional.empty(),
            Optional.empty(),
            settings.rolls().propagation(),
            usual.parentPropagation(),
            usual.dsTtlAtLeast(),
            settings.rolls().dataTtl(),
            settings.rolls().safety(),
            settings.rolls().safety()));
  }

  /**
   * Carries a request out.
   *
   * @return why not, one line; empty when it is done
   */
  Optional<String> carryOut(long id, SigningRequest.Roll request, Instant now) {
    if (!request.role().equals("zsk")) {
      return Optional.of(
          NameText.of(request.zone())
              + ": Keyward does not replace a KSK yet; go by way of unsigned ('keyward unassign "
              + NameText.of(request.zone())
              + "', then 'keyward assign' with the new key)");
    }
    return switch (request.command()) {
      case "start" -> start(id, request, Pace.LAZY, now);
      case "start-now" -> start(id, request, Pace.NOW, now);
      case "hold" ->
          store.command(id, request, zone -> commands(zone).hold(zone.keys(), KeyRole.ZSK), now);
      case "resume" ->
          store.command(id, request, zone -> commands(zone).resume(zone.keys(), KeyRole.ZSK), now);
      case "cancel" ->
          store.command(
              id,
              request,
              zone -> commands(zone).cancel(zone.keys(), KeyRole.ZSK, zone.seen(), now),
              now);
      default ->
          Optional.of(
              NameText.of(request.zone())
                  + ": there is no command '"
                  + request.command()
                  + "' for rolls; write start, start-now, hold, resume or cancel");
    };
  }

  private Optional<String> start(long id, SigningRequest.Roll request, Pace pace, Instant now) {
    return store.start(
        Optional.of(id),
        new Start(request.zone(), request.role(), Optional.of(request.actor()), request.reason()),
        (zone, key) -> commands(zone).start(zone.keys(), key, pace, zone.seen(), now),
        now);
  }

  /** The lifetime of the zone's ZSK is over. */
  Optional<String> startByItself(Name zone, Instant now) {
    return store.start(
        Optional.empty(),
        new Start(zone, "zsk", Optional.empty(), "the lifetime of its ZSK is over"),
        (rolls, key) -> commands(rolls).start(rolls.keys(), key, Pace.LAZY, rolls.seen(), now),
        now);
  }

  private Commands commands(ZoneRolls zone) {
    return new Commands(planner(zone));
  }
}
