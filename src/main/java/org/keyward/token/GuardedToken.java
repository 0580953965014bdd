package org.keyward.token;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.keyward.audit.AuditLog;
import org.keyward.config.TokenSettings;
import org.keyward.signing.PermitUsage;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenLock;
import org.keyward.signing.TokenState;
import org.keyward.token.Cryptoki.TokenInfo;

/**
 * A configured token behind its permit and the lock that all processes share: there is no other way
 * to it. Thread-safe.
 */
final class GuardedToken {
  private static final Duration STATE_DEADLINE = Duration.ofSeconds(1);
  private static final Duration STATE_AGE = Duration.ofSeconds(3);

  private final TokenSettings settings;
  private final TokenPermit permit;
  private final TokenLock lock;
  private final PinGuard guard;
  private final Pkcs11Token token;
  private final TokenRecovery recovery;
  private volatile Optional<String> serial;

  /** Since when nobody here has had the token, by {@link System#nanoTime()}; 0 when not so. */
  private volatile long busySince;

  private volatile Optional<Known> known = Optional.empty();

  /** A state and when it was read. */
  private record Known(TokenState state, long at) {
    boolean isFresh() {
      return state.reachable() && System.nanoTime() - at < STATE_AGE.toNanos();
    }
  }

  GuardedToken(
      TokenSettings settings,
      Pkcs11Module module,
      TokenPermit permit,
      TokenLock lock,
      PinGuard guard,
      AuditLog audit,
      String actor,
      Clock clock) {
    this.settings = settings;
    this.permit = permit;
    this.lock = lock;
    this.guard = guard;
    this.token = new Pkcs11Token(settings, module, guard);
    this.recovery = new TokenRecovery(settings, module, token, audit, actor, clock);
    this.serial = settings.serial();
  }

  String name() {
    return settings.name();
  }

  /** What is done while nobody else uses the token. */
  @FunctionalInterface
  interface Use<T> {
    T run(Pkcs11Token token, TokenRecovery recovery, TokenLock.Held held);
  }

  /**
   * @throws TokenException with reason BUSY when the token is not free in time
   */
  <T> T use(Use<T> use) {
    return use(settings.permitDeadline(), use);
  }

  private <T> T use(Duration deadline, Use<T> use) {
    permit.acquire(name(), deadline);
    try (TokenLock.Held held = lock.acquire(serial(), deadline)) {
      T result = use.run(token, recovery, held);
      busySince = 0;
      return result;
    } catch (TokenException e) {
      known = Optional.empty();
      if (busySince == 0 && e.reason() == TokenException.Reason.BUSY) {
        busySince = System.nanoTime();
      }
      throw e;
    } finally {
      permit.release();
    }
  }

  /** The lock's name. A token configured by label is asked for its serial number the first time. */
  private String serial() {
    return serial.orElseGet(
        () -> {
          String asked = recovery.run(token::info).serial();
          serial = Optional.of(asked);
          return asked;
        });
  }

  /** Not older than a few seconds while the token answers. */
  TokenState state() {
    Optional<Known> before = known;
    if (before.filter(Known::isFresh).isPresent()) {
      return before.get().state();
    }
    TokenState state;
    try {
      state = use(STATE_DEADLINE, (t, r, held) -> r.run(() -> state(t.info())));
    } catch (TokenException e) {
      state =
          before.isPresent() && e.reason() == TokenException.Reason.BUSY && !isBusyForLong()
              ? before.get().state()
              : broken(e.getMessage());
    }
    known = Optional.of(new Known(state, System.nanoTime()));
    return state;
  }

  /** Somebody may hold the token's lock who does not use it. */
  private boolean isBusyForLong() {
    return busySince != 0 && System.nanoTime() - busySince > settings.permitDeadline().toNanos();
  }

  private TokenState state(TokenInfo info) {
    return new TokenState(
        name(),
        settings.module(),
        Optional.of(info.serial()),
        Optional.of(info.label()),
        Optional.of(info.model()),
        guard.state(info),
        token.isOpen() ? Optional.empty() : guard.obstacle(info, token.hasLostLogin()),
        guard.warnings());
  }

  private TokenState broken(String fault) {
    return new TokenState(
        name(),
        settings.module(),
        serial,
        settings.label(),
        Optional.empty(),
        TokenState.PinState.UNKNOWN,
        Optional.of(fault),
        guard.warnings());
  }

  PermitUsage usage() {
    return permit.usage();
  }

  void close() {
    permit.acquire(name(), STATE_DEADLINE);
    try {
      token.forget();
    } finally {
      permit.release();
    }
  }
}
