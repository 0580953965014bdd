package org.keyward.store;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.keyward.background.RepeatedTask;
import org.keyward.config.Secret;
import org.keyward.signing.PinMemory;
import org.keyward.signing.Seal;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns from the signer which PINs a token has refused, so that PowerDNS does not get them. Looks
 * every few seconds, beside all questions; what was known goes on while the database is away.
 */
public final class RefusedPins implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RefusedPins.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);

  private final Database database;
  private final Seal seal;
  private final TokenPins pins;
  private final Set<String> refused = new HashSet<>();
  private final RepeatedTask task = RepeatedTask.every(PERIOD, "refused PINs", this::lookSafely);

  /**
   * @param pins from which PINs are withheld
   */
  public RefusedPins(Database database, Seal seal, TokenPins pins) {
    this.database = database;
    this.seal = seal;
    this.pins = pins;
  }

  /**
   * Looks again and again from now on.
   *
   * @param first whether to look once before this returns; not while the database is away
   */
  public RefusedPins start(boolean first) {
    if (!pins.isEmpty()) {
      if (first) {
        lookSafely();
      }
      task.startAfter(first ? PERIOD : Duration.ZERO);
    }
    return this;
  }

  private void lookSafely() {
    try {
      look();
    } catch (ZoneStorageException e) {
      log.debug("refused PINs are not known: {}", e.getMessage());
    }
  }

  private record Token(String name, Optional<String> serial, Optional<String> label) {
    List<String> words() {
      return Stream.of(Optional.of(name), serial, label).flatMap(Optional::stream).toList();
    }
  }

  /** Looks now. */
  public void look() {
    Set<String> words = new HashSet<>();
    for (Token token : tokens()) {
      boolean withhold = isRefused(token);
      if (withhold) {
        words.addAll(token.words());
      }
      tell(token.name(), withhold);
    }
    pins.withhold(words);
  }

  private void tell(String token, boolean withhold) {
    if (withhold && refused.add(token)) {
      log.error(
          "token '{}': its PIN is not given to PowerDNS, for the token has refused it or has no try"
              + " to lose, and zones that PowerDNS signs with it are not answered; put the right PIN"
              + " into the pin-file and start Keyward anew; see 'keyward token list'",
          token);
    } else if (!withhold && refused.remove(token)) {
      log.info("token '{}': PowerDNS gets its PIN again", token);
    }
  }

  private List<Token> tokens() {
    return database.inTransaction(
        handle ->
            handle
                .createQuery("SELECT name, serial, label FROM keyward.token_status")
                .map(
                    (row, context) ->
                        new Token(
                            row.getString("name"),
                            Optional.ofNullable(row.getString("serial")),
                            Optional.ofNullable(row.getString("label"))))
                .list());
  }

  private boolean isRefused(Token token) {
    Optional<Secret> pin =
        token.words().stream().map(pins::configured).flatMap(Optional::stream).findFirst();
    if (pin.isEmpty() || token.serial().isEmpty()) {
      return false;
    }
    return isRefused(seal, token.serial().get(), pin.get())
        || seal.former()
            .map(former -> isRefused(former, token.serial().get(), pin.get()))
            .orElse(false);
  }

  private boolean isRefused(Seal under, String serial, Secret pin) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery("SELECT keyward.is_pin_refused(?, ?)")
                .bind(0, serial)
                .bind(1, PinMemory.mac(under, serial, pin))
                .mapTo(Boolean.class)
                .one());
  }

  @Override
  public void close() {
    task.close();
  }
}
