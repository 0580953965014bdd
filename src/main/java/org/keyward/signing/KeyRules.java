package org.keyward.signing;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.keyward.signing.Finding.Kind;
import org.keyward.signing.Finding.Severity;
import org.keyward.signing.FindingStore.AssignedKey;
import org.keyward.signing.FindingStore.EngineUse;
import org.keyward.signing.FindingStore.Facts;

/** What is wrong between the keys on tokens and those that zones use. */
final class KeyRules {
  private KeyRules() {}

  static void apply(Facts facts, List<Finding> found) {
    Set<String> inventoried =
        facts.tokens().stream()
            .filter(FindingStore.TokenFact::inventoried)
            .flatMap(token -> token.serial().stream())
            .collect(Collectors.toSet());
    for (AssignedKey used : facts.keys().assigned()) {
      if (inventoried.contains(used.key().serial())) {
        missing(used, facts.keys().onTokens(), found);
      }
      if (used.key().isWeak()) {
        found.add(weak(used));
      }
      if (used.zones() > 1) {
        found.add(
            new Finding(
                Kind.KEY_SHARED,
                subject(used.key()),
                Severity.INFO,
                used.key() + " signs " + used.zones() + " zones",
                "nothing, if that is meant: all of them change keys together"));
      }
    }
    for (TokenKey key : facts.keys().onTokens()) {
      if (facts.keys().assigned().stream().noneMatch(used -> isSame(used.key(), key))) {
        found.add(
            ofPowerDns(key, facts)
                .map(use -> usedByPowerDns(key, use))
                .orElseGet(() -> unused(key)));
      }
    }
    twice(facts.keys().onTokens(), found);
  }

  private static Finding unused(TokenKey key) {
    return new Finding(
        Kind.KEY_UNUSED,
        subject(key) + " " + key.ckaId(),
        Severity.INFO,
        key + " is used by no zone",
        "assign it, or leave it: Keyward never deletes keys");
  }

  private static Finding usedByPowerDns(TokenKey key, EngineUse use) {
    return new Finding(
        Kind.KEY_OF_POWERDNS,
        subject(key) + " " + key.ckaId(),
        Severity.INFO,
        key + " is used by PowerDNS alone, for " + zones(use.zones(), use.oneZone()),
        "keep it: without it these zones cannot be signed");
  }

  /** By the label, as PowerDNS finds it; a token that nobody knows by this word may be this one. */
  private static Optional<EngineUse> ofPowerDns(TokenKey key, Facts facts) {
    List<EngineUse> labelled =
        facts.keys().ofPowerDns().stream().filter(use -> use.label().equals(key.label())).toList();
    return labelled.stream()
        .filter(use -> isTokenOf(key, use.slot(), facts))
        .findFirst()
        .or(
            () ->
                labelled.stream()
                    .filter(
                        use ->
                            facts.keys().onTokens().stream()
                                .noneMatch(other -> isTokenOf(other, use.slot(), facts)))
                    .findFirst());
  }

  private static boolean isTokenOf(TokenKey key, String slot, Facts facts) {
    return slot.equals(key.serial())
        || slot.equals(key.token())
        || facts.tokens().stream()
            .anyMatch(
                token ->
                    token.name().equals(key.token())
                        && token.label().filter(slot::equals).isPresent());
  }

  private static String zones(long zones, String one) {
    return zones == 1 ? one : zones + " zones";
  }

  private static Finding weak(AssignedKey used) {
    return new Finding(
        Kind.KEY_WEAK,
        subject(used.key()),
        Severity.WARNING,
        used.key()
            + " has "
            + used.key().bits()
            + " bits and signs "
            + zones(used.zones(), used.oneZone()),
        "make a key of 2048 bits, or better an ECDSA key, with 'keyward key generate', and sign"
            + " with that");
  }

  private static void missing(AssignedKey used, List<TokenKey> present, List<Finding> found) {
    TokenKey key = used.key();
    if (present.stream().anyMatch(other -> isSame(key, other))) {
      return;
    }
    String users = zones(used.zones(), used.oneZone());
    boolean labelIsThere =
        present.stream()
            .anyMatch(
                other -> other.serial().equals(key.serial()) && other.label().equals(key.label()));
    found.add(
        labelIsThere
            ? new Finding(
                Kind.KEY_CHANGED,
                subject(key),
                Severity.CRITICAL,
                "the token has another key under this label than "
                    + key
                    + ", tag "
                    + used.tag()
                    + ", which "
                    + users
                    + " use",
                "restore the old key from its backup; the zones last as long as their runway")
            : new Finding(
                Kind.KEY_MISSING,
                subject(key),
                Severity.CRITICAL,
                key + ", tag " + used.tag() + ", is gone from the token, and " + users + " use it",
                "restore it from its backup; the zones last as long as their runway"));
  }

  private static void twice(List<TokenKey> keys, List<Finding> found) {
    Map<String, List<TokenKey>> byLabel =
        keys.stream().collect(Collectors.groupingBy(KeyRules::subject));
    byLabel.forEach(
        (subject, same) -> {
          if (same.size() > 1) {
            found.add(
                new Finding(
                    Kind.LABEL_TWICE,
                    subject,
                    Severity.WARNING,
                    "the label '"
                        + same.get(0).label()
                        + "' is on "
                        + same.size()
                        + " keys of token '"
                        + same.get(0).token()
                        + "'",
                    "give each key a label of its own: Keyward refuses to guess which is meant"));
          }
        });
  }

  private static String subject(TokenKey key) {
    return key.serial() + "/" + key.label();
  }

  /** RSA keys have the same public key whichever hash they are used with. */
  private static boolean isSame(TokenKey one, TokenKey other) {
    return one.serial().equals(other.serial()) && Arrays.equals(one.publicKey(), other.publicKey());
  }
}
