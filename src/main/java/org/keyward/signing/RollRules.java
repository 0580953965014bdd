package org.keyward.signing;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.keyward.signing.Finding.Kind;
import org.keyward.signing.Finding.Severity;
import org.keyward.signing.FindingStore.RollFact;

/** What is wrong while one key takes the place of another. */
final class RollRules {
  private RollRules() {}

  static void apply(List<RollFact> facts, List<Finding> found) {
    Map<Kind, List<RollFact>> kinds =
        facts.stream()
            .collect(
                Collectors.groupingBy(
                    RollFact::kind, () -> new EnumMap<>(Kind.class), Collectors.toList()));
    kinds.forEach(
        (kind, all) ->
            FindingRules.each(all, RollRules::finding, kind, "have the same trouble", found));
  }

  private static Finding finding(RollFact fact) {
    String zone = fact.zone();
    return switch (fact.kind()) {
      case CLOCK_JUMP ->
          new Finding(
              Kind.CLOCK_JUMP,
              "database clock",
              Severity.WARNING,
              "the database's clock jumped, or no signer looked at rolls meanwhile: "
                  + fact.detail()
                  + "; no key is replaced before "
                  + fact.since(),
              "see that the clock is right; it goes on by itself then, or at once with 'keyward clock"
                  + " accept'");
      case ROLL_STUCK ->
          new Finding(
              Kind.ROLL_STUCK,
              zone,
              Severity.WARNING,
              "the roll of "
                  + zone
                  + " has waited for "
                  + fact.detail()
                  + " since "
                  + fact.since()
                  + ", which is harmless",
              "see 'keyward roll show " + zone + "'");
      case SERVERS_DIFFER ->
          new Finding(
              Kind.SERVERS_DIFFER,
              zone,
              Severity.WARNING,
              "the name servers of "
                  + zone
                  + " do not show the same keys, or do not answer: "
                  + fact.detail(),
              "see 'keyward roll show "
                  + zone
                  + "', and to the transfers to those that are behind");
      case SET_HELD ->
          new Finding(
              Kind.SET_HELD,
              zone,
              Severity.CRITICAL,
              zone
                  + " stays with a former DNSKEY set, which is valid until "
                  + fact.since()
                  + ": the present one lacks "
                  + fact.detail()
                  + ", whose signatures may be in caches",
              "find out who changed keyward.zsk or keyward.signed_set ('keyward audit list --zone "
                  + zone
                  + "'), and restore them from a backup");
      default -> throw new IllegalArgumentException("not of rolls: " + fact.kind());
    };
  }
}
