package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.keyward.signing.Finding.Kind;
import org.keyward.signing.Finding.Severity;
import org.keyward.signing.FindingStore.Facts;
import org.keyward.signing.FindingStore.ParentFact;
import org.keyward.signing.FindingStore.ShortRunway;
import org.keyward.signing.FindingStore.UnloadedZone;

/**
 * What is wrong, given what is known of zones, parents and clocks; keys have rules of their own.
 */
final class FindingRules {
  /** DNSSEC forgives an hour before a signature's inception; five seconds are a broken NTP. */
  private static final Duration CLOCK_WARNING = Duration.ofSeconds(5);

  private static final Duration CLOCK_CRITICAL = Duration.ofMinutes(10);

  /** This share of the threshold is left: somebody has to act now. */
  private static final int CRITICAL_PART = 4;

  private FindingRules() {}

  static List<Finding> apply(Facts facts, Duration runwayWarning, Instant now) {
    List<Finding> found = new ArrayList<>();
    clock(facts, now, found);
    TokenRules.apply(facts, found);
    KeyRules.apply(facts, found);
    each(
        facts.shortRunways(),
        short_ -> runway(short_, runwayWarning, now),
        Kind.RUNWAY_SHORT,
        "are signed for less than " + runwayWarning.toDays() + " days",
        found);
    each(
        facts.unloadedZones(),
        FindingRules::unloaded,
        Kind.ZONE_NOT_LOADED,
        "cannot be loaded as they are stored",
        found);
    Map<Kind, List<Finding>> parents = new HashMap<>();
    for (ParentFact fact : facts.parents()) {
      Finding finding = parent(fact);
      parents.computeIfAbsent(finding.kind(), kind -> new ArrayList<>()).add(finding);
    }
    parents.forEach(
        (kind, all) -> each(all, finding -> finding, kind, "have the same trouble", found));
    return found;
  }

  private static void clock(Facts facts, Instant now, List<Finding> found) {
    Duration off = Duration.between(facts.databaseTime(), now).abs();
    if (off.compareTo(CLOCK_WARNING) > 0) {
      found.add(
          new Finding(
              Kind.CLOCK_OFF,
              "signer",
              off.compareTo(CLOCK_CRITICAL) > 0 ? Severity.CRITICAL : Severity.WARNING,
              "the clocks of the signer and of the database differ by " + off.toSeconds() + " s",
              "find out which is wrong and let NTP set it: signatures carry the signer's time"));
    }
  }

  /** Names some, and counts the rest as one. */
  private static <T> void each(
      List<T> facts, Function<T, Finding> rule, Kind kind, String rest, List<Finding> found) {
    facts.stream().limit(Findings.NAMED).map(rule).forEach(found::add);
    if (facts.size() > Findings.NAMED) {
      found.add(
          new Finding(
              kind,
              "(more)",
              rule.apply(facts.get(0)).severity(),
              "more than " + Findings.NAMED + " zones " + rest,
              "look for what they have in common: a token, a key, the resolver"));
    }
  }

  private static Finding runway(ShortRunway zone, Duration threshold, Instant now) {
    Duration left = Duration.between(now, zone.signedUntil());
    boolean critical = left.compareTo(threshold.dividedBy(CRITICAL_PART)) < 0;
    return new Finding(
        Kind.RUNWAY_SHORT,
        zone.zone(),
        critical ? Severity.CRITICAL : Severity.WARNING,
        zone.zone()
            + (left.isNegative() ? " is bogus since " : " is signed no longer than until ")
            + zone.signedUntil(),
        "see 'keyward status' for what keeps its token from signing");
  }

  private static Finding unloaded(UnloadedZone zone) {
    return new Finding(
        Kind.ZONE_NOT_LOADED,
        zone.zone(),
        Severity.CRITICAL,
        zone.reason(),
        "undo what was last changed of it by SQL, or restore its rows from a backup; servers try"
            + " again by themselves");
  }

  private static Finding parent(ParentFact fact) {
    String zone = fact.zone();
    String detail = fact.verdict().detail();
    return switch (fact.verdict().word()) {
      case MISSING ->
          new Finding(
              Kind.DS_MISSING,
              zone,
              Severity.WARNING,
              zone + " is signed and its parent has no DS for it",
              "give the parent what 'keyward ds " + zone + "' prints");
      case ORPHANED ->
          new Finding(
              Kind.DS_ORPHANED,
              zone,
              Severity.WARNING,
              zone + " has a DS at its parent that no key of it fits: " + detail,
              "have that DS removed; the one that 'keyward ds " + zone + "' prints stays");
      case BOGUS ->
          new Finding(
              Kind.DS_ORPHANED,
              zone,
              Severity.CRITICAL,
              zone + " is bogus: no DS at its parent fits a key that it is signed with: " + detail,
              "replace the DS by what 'keyward ds " + zone + "' prints, at once");
      case WRONG_DIGEST ->
          new Finding(
              Kind.DS_WRONG_DIGEST,
              zone,
              Severity.CRITICAL,
              zone + " has a DS at its parent with a wrong digest: " + detail,
              "replace it by what 'keyward ds " + zone + "' prints, at once");
      case SERVED_OTHERWISE ->
          new Finding(
              Kind.SERVED_OTHERWISE,
              zone,
              Severity.CRITICAL,
              zone + " is served to the world without the key that is assigned to it",
              "compare 'dig DNSKEY "
                  + zone
                  + "' with 'keyward status "
                  + zone
                  + "': another"
                  + " server, an old copy, or a cache");
      default -> throw new IllegalArgumentException(zone + " is as it should be");
    };
  }
}
