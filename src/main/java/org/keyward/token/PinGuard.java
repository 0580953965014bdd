package org.keyward.token;

import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.keyward.audit.AuditEvent;
import org.keyward.audit.AuditLog;
import org.keyward.config.Secret;
import org.keyward.config.TokenSettings;
import org.keyward.signing.PinMemory;
import org.keyward.signing.Seal;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenState.PinState;
import org.keyward.token.Cryptoki.TokenInfo;

/**
 * Logs in, and sees to it that a wrong PIN is tried once in its life: cards lock after three. What
 * is known of a PIN outlives restarts; a changed PIN is a new one. Used while holding the permit.
 */
final class PinGuard {
  private static final Secret FACTORY_PIN = Secret.of("648219");
  private static final String BY_HAND =
      "log in by hand once with 'pkcs11-tool --login --list-objects', which resets the count";

  private final TokenSettings settings;

  /** Of a PIN that this process has seen refused, whether or not it could be remembered. */
  private byte[] refusedHere;

  private final PinMemory memory;
  private final Seal seal;
  private final AuditLog audit;
  private final String actor;
  private final Clock clock;

  PinGuard(
      TokenSettings settings,
      PinMemory memory,
      Seal seal,
      AuditLog audit,
      String actor,
      Clock clock) {
    this.settings = settings;
    this.memory = memory;
    this.seal = seal;
    this.audit = audit;
    this.actor = actor;
    this.clock = clock;
  }

  List<String> warnings() {
    return settings.pin().filter(FACTORY_PIN::equals).isPresent()
        ? List.of(
            "token "
                + settings.name()
                + " has the Nitrokey's factory PIN; change it with 'pkcs11-tool --login"
                + " --change-pin'")
        : List.of();
  }

  PinState state(TokenInfo token) {
    if (token.has(Ck.FLAG_PIN_LOCKED)) {
      return PinState.LOCKED;
    }
    if (settings.pin().isEmpty()) {
      return PinState.MISSING;
    }
    if (token.has(Ck.FLAG_PIN_FINAL_TRY)) {
      return PinState.FINAL_TRY;
    }
    byte[] mac = mac(token.serial());
    PinMemory.Verdict verdict = memory.verdict(token.serial(), mac);
    if (verdict == PinMemory.Verdict.WRONG || Arrays.equals(mac, refusedHere)) {
      return PinState.WRONG;
    }
    if (token.has(Ck.FLAG_PIN_COUNT_LOW)) {
      return PinState.COUNT_LOW;
    }
    return verdict == PinMemory.Verdict.RIGHT ? PinState.OK : PinState.UNKNOWN;
  }

  /**
   * Logs in, if that is safe.
   *
   * @param user whom PKCS#11 calls the user: of the session, or of the signature under way
   * @param token read just now
   * @param lost whether the token has forgotten an earlier login
   * @throws TokenException with reason PIN when there must be no login, or the PIN is wrong
   */
  void login(Cryptoki functions, long session, long user, TokenInfo token, boolean lost)
      throws CryptokiException {
    refuse(token);
    byte[] mac = mac(token.serial());
    PinMemory.Verdict before = memory.verdict(token.serial(), mac);
    refuseDoubtful(token, before, lost);
    if (before == PinMemory.Verdict.UNKNOWN) {
      memory.remember(token.serial(), mac, PinMemory.Verdict.TRYING);
    }
    byte[] pin = settings.pin().orElseThrow().bytes();
    try {
      functions.login(session, user, pin);
    } catch (CryptokiException e) {
      if (e.code() == Ck.ALREADY_LOGGED_IN) {
        memory.remember(token.serial(), mac, before); // the PIN was not looked at
        return;
      }
      if (e.code() >= Ck.PIN_INCORRECT && e.code() <= Ck.PIN_LOCKED) {
        refusedHere = mac; // first: the database may be gone
        memory.remember(token.serial(), mac, PinMemory.Verdict.WRONG);
        record(token, AuditEvent.Result.FAILED, "the token refused the configured PIN");
        throw wrong(token.serial());
      }
      throw e;
    } finally {
      Arrays.fill(pin, (byte) 0);
    }
    if (before != PinMemory.Verdict.RIGHT) {
      memory.remember(token.serial(), mac, PinMemory.Verdict.RIGHT);
      record(token, AuditEvent.Result.DONE, "the token took the configured PIN");
    }
  }

  /**
   * Why there must be no login now, one line; empty when it may be tried.
   *
   * @param lost as for {@link #login}
   */
  Optional<String> obstacle(TokenInfo token, boolean lost) {
    return refusal(token)
        .or(
            () ->
                isDoubtful(token, memory.verdict(token.serial(), mac(token.serial())), lost)
                    ? Optional.of(doubtful())
                    : Optional.empty())
        .map(TokenException::getMessage);
  }

  private Optional<TokenException> refusal(TokenInfo token) {
    return switch (state(token)) {
      case MISSING ->
          Optional.of(
              refusal("has no PIN in the configuration; set pin-file or pin-env of the token"));
      case LOCKED ->
          Optional.of(
              refusal(
                  "has a locked PIN; unlock it with the SO PIN: pkcs11-tool --init-pin --login"
                      + " --login-type so"));
      case FINAL_TRY ->
          Optional.of(
              refusal(
                  "has one PIN try left, which Keyward does not use; check the PIN and "
                      + BY_HAND));
      case WRONG -> Optional.of(wrong(token.serial()));
      default -> Optional.empty();
    };
  }

  private void refuse(TokenInfo token) {
    refusal(token)
        .ifPresent(
            refusal -> {
              throw refusal;
            });
  }

  /**
   * With a wrong PIN lately, and it may have been ours: the process ended during a login, or OpenSC
   * logged in by itself with the PIN that it had kept.
   */
  private static boolean isDoubtful(TokenInfo token, PinMemory.Verdict before, boolean lost) {
    return token.has(Ck.FLAG_PIN_COUNT_LOW) && (before == PinMemory.Verdict.TRYING || lost);
  }

  private void refuseDoubtful(TokenInfo token, PinMemory.Verdict before, boolean lost) {
    if (isDoubtful(token, before, lost)) {
      memory.remember(token.serial(), mac(token.serial()), PinMemory.Verdict.TRYING);
      record(token, AuditEvent.Result.REFUSED, "a wrong PIN was tried, maybe the configured one");
      throw doubtful();
    }
  }

  private TokenException doubtful() {
    return refusal(
        "has had a wrong PIN, maybe the configured one, which is not tried again; check the PIN"
            + " and "
            + BY_HAND);
  }

  private TokenException refusal(String what) {
    return new TokenException(TokenException.Reason.PIN, "token " + settings.name() + " " + what);
  }

  private TokenException wrong(String serial) {
    return new TokenException(
        TokenException.Reason.PIN,
        "the PIN configured for token "
            + settings.name()
            + " (serial "
            + serial
            + ") is wrong and is not tried again; put the right one into its pin-file");
  }

  /** What is remembered under the former seal key is remembered under this one too. */
  private byte[] mac(String serial) {
    Secret pin = settings.pin().orElseThrow();
    byte[] mac = PinMemory.mac(seal, serial, pin);
    if (seal.former().isPresent() && memory.verdict(serial, mac) == PinMemory.Verdict.UNKNOWN) {
      byte[] before = PinMemory.mac(seal.former().get(), serial, pin);
      PinMemory.Verdict known = memory.verdict(serial, before);
      if (known != PinMemory.Verdict.UNKNOWN) {
        memory.remember(serial, mac, known);
      }
    }
    return mac;
  }

  private void record(TokenInfo token, AuditEvent.Result result, String detail) {
    audit.append(
        new AuditEvent(
            clock.instant(),
            actor,
            AuditEvent.Action.PIN_LOGIN,
            result,
            Optional.empty(),
            Optional.of(token.serial()),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            detail));
  }
}
