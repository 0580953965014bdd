package org.keyward.signing;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.keyward.dnssec.TimeText;
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

  /** Nobody has to do anything. */
  private static Finding written(RollFact fact, String parent) {
    return new Finding(
        Kind.DS_DUE,
        fact.zone(),
        Severity.INFO,
        "Keyward writes "
            + fact.detail()
            + " into "
            + parent
            + ", a zone of this database, by itself, since "
            + TimeText.of(fact.since())
            + "; the roll of "
            + fact.zone()
            + " goes on when each name server of "
            + parent
            + " has it",
        "nothing is to be done; 'keyward parent check " + fact.zone() + "' shows who has it");
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
                  + TimeText.of(fact.since()),
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
                  + TimeText.of(fact.since())
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
                  + TimeText.of(fact.since())
                  + ": the present one lacks "
                  + fact.detail()
                  + ", which caches may need",
              "see that all tokens of the zone can sign; or find out who changed keyward.zsk,"
                  + " keyward.ksk or keyward.signed_set ('keyward audit list --zone "
                  + zone
                  + "'), and restore them from a backup");
      case DS_DUE ->
          fact.writtenInto().isPresent()
              ? written(fact, fact.writtenInto().get())
              : new Finding(
                  Kind.DS_DUE,
                  zone,
                  Severity.WARNING,
                  "the parent of "
                      + zone
                      + " is to get "
                      + fact.detail()
                      + ", since "
                      + TimeText.of(fact.since())
                      + "; to wait is harmless",
                  "hand in what 'keyward roll ds-due' prints");
      case CDS_IGNORED ->
          new Finding(
              Kind.CDS_IGNORED,
              zone,
              Severity.WARNING,
              zone
                  + " has asked its parent by CDS or CDNSKEY for "
                  + fact.detail()
                  + " since "
                  + TimeText.of(fact.since())
                  + ", and the parent does not have it everywhere",
              "hand in what 'keyward roll ds-due' prints, or ask the registry why");
      case DS_REVERTED ->
          new Finding(
              Kind.DS_REVERTED,
              zone,
              Severity.CRITICAL,
              "the parent of "
                  + zone
                  + " went back to the former DS: the former key signs again, and "
                  + fact.detail()
                  + " is due anew",
              "find out who changed the DS; hand in what 'keyward roll ds-due' prints, or 'keyward roll"
                  + " cancel "
                  + zone
                  + " ksk'");
      case ROLL_WAITS_FOR_PARENT ->
          new Finding(
              Kind.ROLL_WAITS_FOR_PARENT,
              zone,
              Severity.WARNING,
              "the roll of "
                  + zone
                  + " waits for name servers of its parent that do not say what they have: "
                  + fact.detail(),
              "let the signer reach them, or look yourself and say 'keyward roll confirm "
                  + zone
                  + "'");
      case KEY_LIFETIME_OVER ->
          new Finding(
              Kind.KEY_LIFETIME_OVER,
              zone,
              Severity.WARNING,
              "the lifetime of a key of "
                  + zone
                  + " is over since "
                  + TimeText.of(fact.since())
                  + ", and its "
                  + fact.detail(),
              fact.detail().startsWith("KSK")
                  ? "name the next KSK ('keyward policy set POLICY next-ksk=TOKEN/LABEL'), or replace it"
                      + " with 'keyward roll start "
                      + zone
                      + " ksk --to TOKEN/LABEL'"
                  : "see to that, or try 'keyward roll start " + zone + " zsk'");
      case POLICY_UNSAFE ->
          new Finding(
              Kind.POLICY_UNSAFE,
              zone,
              Severity.WARNING,
              "no key is replaced by itself in zones of the policy "
                  + zone
                  + ", since it is unsafe as the signer is configured: "
                  + fact.detail(),
              "set another value with 'keyward policy set " + zone + " FIELD=VALUE'");
      default -> throw new IllegalArgumentException("not of rolls: " + fact.kind());
    };
  }
}
