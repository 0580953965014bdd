package org.keyward.signing;

import java.util.List;
import java.util.Map;
import org.keyward.signing.Finding.Kind;
import org.keyward.signing.Finding.Severity;
import org.keyward.signing.FindingStore.Facts;
import org.keyward.signing.FindingStore.TokenFact;

/** What is wrong with tokens and their PINs. */
final class TokenRules {
  /** USB tokens make a few RSA signatures a second, and ECDSA ones ten times as many. */
  private static final double SLOW = 10;

  private TokenRules() {}

  /**
   * @param worst for each token, how bad it is for a zone that waits for its signatures
   */
  static void apply(Facts facts, Map<String, Severity> worst, List<Finding> found) {
    for (TokenFact token : facts.tokens()) {
      if (pinWord(token).isEmpty()) {
        token
            .fault()
            .ifPresent(
                fault ->
                    found.add(
                        new Finding(
                            Kind.TOKEN_UNREACHABLE,
                            token.name(),
                            worstOf(token, worst),
                            "token " + token.name() + " cannot be used: " + fault,
                            "the zones last as long as their runway: see 'keyward status'")));
      }
      pin(token, found);
      token.warnings().stream()
          .filter(warning -> warning.contains("factory PIN"))
          .forEach(
              warning ->
                  found.add(
                      new Finding(
                          Kind.FACTORY_PIN,
                          token.name(),
                          Severity.CRITICAL,
                          warning,
                          "change the PIN, then the pin-file")));
      boolean rsa =
          facts.keys().assigned().stream()
              .anyMatch(
                  used ->
                      used.key().algorithm().isRsa()
                          && token.serial().filter(used.key().serial()::equals).isPresent());
      if (rsa && token.perSecond() > 0 && token.perSecond() < SLOW) {
        found.add(
            new Finding(
                Kind.RSA_ON_SLOW_TOKEN,
                token.name(),
                Severity.INFO,
                String.format(
                    java.util.Locale.ROOT,
                    "token %s signs %.1f times a second and has RSA keys in use",
                    token.name(),
                    token.perSecond()),
                "ECDSA keys are faster on small tokens: 'keyward token bench' tells how much"));
      }
    }
  }

  /** What keeps zones from being signed is as bad as what comes of it. */
  private static Severity worstOf(TokenFact token, Map<String, Severity> worst) {
    return worst.getOrDefault(token.name(), Severity.WARNING);
  }

  private static String pinWord(TokenFact token) {
    return switch (token.pin()) {
      case COUNT_LOW -> "a wrong PIN was tried lately";
      case FINAL_TRY -> "one PIN try is left, which Keyward does not use";
      case LOCKED -> "the PIN is locked";
      case WRONG -> "the configured PIN is wrong and is not tried again";
      case MISSING -> "the configuration has no PIN";
      default -> "";
    };
  }

  /** Why a PIN keeps a token from being used is said once, as what it is. */
  private static void pin(TokenFact token, List<Finding> found) {
    String what = pinWord(token);
    if (!what.isEmpty()) {
      boolean harmless = token.pin() == TokenState.PinState.COUNT_LOW && token.fault().isEmpty();
      found.add(
          new Finding(
              Kind.PIN,
              token.name(),
              harmless ? Severity.WARNING : Severity.CRITICAL,
              "token " + token.name() + ": " + what + (harmless ? "" : ", and nothing is signed"),
              "see 'keyward token check " + token.name() + "', which says how to mend it"));
    }
  }
}
