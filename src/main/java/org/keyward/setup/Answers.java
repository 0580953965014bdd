package org.keyward.setup;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the administrator has chosen.
 *
 * @param folder where the configuration goes
 * @param adminUrl the administrator's login of the database; empty: the user postgres of this host
 * @param serial of the card
 * @param pin of the card; asked when it is needed
 */
public record Answers(
    Path folder,
    Optional<String> adminUrl,
    String database,
    TokenKind token,
    String serial,
    Supplier<String> pin) {
  /** Which token the signer of this host uses. */
  public enum TokenKind {
    NONE,
    SOFTHSM,
    CARD
  }
}
