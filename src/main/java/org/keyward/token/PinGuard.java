package org.keyward.token;

import java.nio.charset.StandardCharsets;
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
import sun.security.pkcs11.wrapper.PKCS11;
import sun.security.pkcs11.wrapper.PKCS11Exception;

/**
 * Logs in, and sees to it that a wrong PIN is tried once in its life: cards lock after three. What
 * is known of a PIN outlives restarts; a changed PIN is a new one. Used while holding the permit.
 */
final class PinGuard {
  private static final Secret FACTORY_PIN = Secret.of("648219");

  private final TokenSettings settings;
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

  PinState state(String serial, long flags) {
    if ((flags & Ck.FLAG_PIN_LOCKED) != 0) {
      return PinState.LOCKED;
    }
    if (settings.pin().isEmpty()) {
      return PinState.MISSING;
    }
    if ((flags & Ck.FLAG_PIN_FINAL_TRY) != 0) {
      return PinState.FINAL_TRY;
    }
    PinMemory.Verdict verdict = memory.verdict(serial, mac(serial));
    if (verdict == PinMemory.Verdict.WRONG) {
      return PinState.WRONG;
    }
    if ((flags & Ck.FLAG_PIN_COUNT_LOW) != 0) {
      return PinState.COUNT_LOW;
    }
    return verdict == PinMemory.Verdict.RIGHT ? PinState.OK : PinState.UNKNOWN;
  }

  /**
   * @param flags the token's, read just now
   * @throws TokenException with reason PIN when there must be no login
   */
  void login(PKCS11 functions, long session, String serial, long flags) throws PKCS11Exception {
    refuse(serial, flags);
    byte[] mac = mac(serial);
    PinMemory.Verdict before = memory.verdict(serial, mac);
    if (before == PinMemory.Verdict.UNKNOWN) {
      memory.remember(serial, mac, PinMemory.Verdict.TRYING);
    }
    char[] pin = pin();
    try {
      functions.C_Login(session, Ck.USER, pin);
    } catch (PKCS11Exception e) {
      if (e.getErrorCode() == Ck.ALREADY_LOGGED_IN) {
        return;
      }
      if (isPinFault(e.getErrorCode())) {
        memory.remember(serial, mac, PinMemory.Verdict.WRONG);
        record(serial, AuditEvent.Result.FAILED, "the token refused the configured PIN");
        throw wrong(serial);
      }
      throw e;
    } finally {
      Arrays.fill(pin, '\0');
    }
    if (before != PinMemory.Verdict.RIGHT) {
      memory.remember(serial, mac, PinMemory.Verdict.RIGHT);
      record(serial, AuditEvent.Result.DONE, "the token took the configured PIN");
    }
  }

  private void refuse(String serial, long flags) {
    String name = settings.name();
    PinState state = state(serial, flags);
    switch (state) {
      case MISSING ->
          throw new TokenException(
              TokenException.Reason.PIN,
              "token " + name + " has no PIN in the configuration; set pin-file of the token");
      case LOCKED -> {
        throw new TokenException(
            TokenException.Reason.PIN,
            "the PIN of token "
                + name
                + " is locked; unlock it with the SO PIN: pkcs11-tool --init-pin --login"
                + " --login-type so");
      }
      case FINAL_TRY ->
          throw new TokenException(
              TokenException.Reason.PIN,
              "token "
                  + name
                  + " has one PIN try left, which Keyward does not use; log in by hand once with"
                  + " 'pkcs11-tool --login --list-objects' and start again");
      case WRONG -> throw wrong(serial);
      case COUNT_LOW -> {
        if (memory.verdict(serial, mac(serial)) != PinMemory.Verdict.RIGHT) {
          throw new TokenException(
              TokenException.Reason.PIN,
              "token "
                  + name
                  + " has had a wrong PIN and the configured one is not known to be right; log in"
                  + " by hand once with 'pkcs11-tool --login --list-objects' and start again");
        }
      }
      default -> {}
    }
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

  private static boolean isPinFault(long code) {
    return code >= Ck.PIN_INCORRECT && code <= Ck.PIN_LOCKED;
  }

  private byte[] mac(String serial) {
    byte[] name = (serial + "\0").getBytes(StandardCharsets.UTF_8);
    byte[] pin = settings.pin().orElseThrow().bytes();
    byte[] data = Arrays.copyOf(name, name.length + pin.length);
    System.arraycopy(pin, 0, data, name.length, pin.length);
    byte[] mac = seal.mac(data);
    Arrays.fill(pin, (byte) 0);
    Arrays.fill(data, (byte) 0);
    return mac;
  }

  /** C_Login narrows each char to a byte: so one char for each byte of the PIN. */
  private char[] pin() {
    byte[] bytes = settings.pin().orElseThrow().bytes();
    char[] pin = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      pin[i] = (char) (bytes[i] & 0xff);
    }
    Arrays.fill(bytes, (byte) 0);
    return pin;
  }

  private void record(String serial, AuditEvent.Result result, String detail) {
    audit.append(
        new AuditEvent(
            clock.instant(),
            actor,
            AuditEvent.Action.PIN_LOGIN,
            result,
            Optional.empty(),
            Optional.of(serial),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            detail));
  }
}
