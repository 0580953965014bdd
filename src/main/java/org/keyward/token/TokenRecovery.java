package org.keyward.token;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.keyward.audit.AuditEvent;
import org.keyward.audit.AuditLog;
import org.keyward.config.TokenSettings;
import org.keyward.signing.TokenException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs calls with the cures that are known to help. A lost session, login or handle: a new session,
 * twice if need be. A general error, which OpenSC gives for ever after the card was away or pcscd
 * started anew, and whatever two new sessions do not cure: the module started anew. Every use holds
 * the permit.
 */
final class TokenRecovery {
  private static final Logger log = LoggerFactory.getLogger(TokenRecovery.class);
  private static final int ATTEMPTS = 4;
  private static final int NEW_SESSIONS = 2;

  /** The token will say the same again. */
  private static final Set<Long> REFUSALS =
      Set.of(
          Ck.ARGUMENTS_BAD,
          Ck.ATTRIBUTE_READ_ONLY,
          Ck.ATTRIBUTE_SENSITIVE,
          Ck.ATTRIBUTE_TYPE_INVALID,
          Ck.ATTRIBUTE_VALUE_INVALID,
          Ck.DATA_INVALID,
          Ck.DATA_LENGTH,
          Ck.DEVICE_MEMORY,
          Ck.FUNCTION_NOT_SUPPORTED,
          Ck.KEY_SIZE,
          Ck.KEY_TYPE_INCONSISTENT,
          Ck.KEY_FUNCTION_NOT_PERMITTED,
          Ck.MECHANISM_INVALID,
          Ck.MECHANISM_PARAM_INVALID,
          Ck.TEMPLATE_INCOMPLETE,
          Ck.TEMPLATE_INCONSISTENT,
          Ck.TOKEN_WRITE_PROTECTED,
          Ck.DOMAIN_PARAMS_INVALID);

  private final TokenSettings settings;
  private final Pkcs11Module module;
  private final Pkcs11Token token;
  private final AuditLog audit;
  private final String actor;
  private final Clock clock;
  private boolean failing;

  TokenRecovery(
      TokenSettings settings,
      Pkcs11Module module,
      Pkcs11Token token,
      AuditLog audit,
      String actor,
      Clock clock) {
    this.settings = settings;
    this.module = module;
    this.token = token;
    this.audit = audit;
    this.actor = actor;
    this.clock = clock;
  }

  /** A use of the token, which may run several times. */
  @FunctionalInterface
  interface Call<T> {
    T run() throws CryptokiException;
  }

  /**
   * @throws TokenException when nothing helps, or the token refuses
   */
  <T> T run(Call<T> call) {
    List<String> faults = new ArrayList<>();
    while (true) {
      try {
        T result = call.run();
        failing = false;
        return result;
      } catch (CryptokiException e) {
        faults.add(e.getMessage());
        cure(e, faults);
      }
    }
  }

  private void cure(CryptokiException fault, List<String> faults) {
    token.forget();
    if (REFUSALS.contains(fault.code())) {
      throw refused(fault);
    }
    if (fault.code() == Ck.NOT_LOGGED_IN && faults.size() > NEW_SESSIONS) {
      throw loginInVain(fault);
    }
    if (faults.size() == ATTEMPTS) {
      throw unavailable(faults, fault);
    }
    log.info("Token {}: {}; trying again", settings.name(), fault.getMessage());
    if (fault.code() == Ck.NOT_LOGGED_IN) {
      token.loginWasLost();
    }
    if (fault.code() == Ck.GENERAL_ERROR
        || fault.code() == Ck.NOT_INITIALIZED
        || faults.size() > NEW_SESSIONS) {
      restart(fault.getMessage());
    }
  }

  private TokenException refused(CryptokiException fault) {
    return new TokenException(
        TokenException.Reason.FAILED,
        "token "
            + settings.name()
            + " refuses: "
            + fault.getMessage()
            + "; it may not know the algorithm, or be full",
        fault);
  }

  /** Each new session has logged in: it is what was asked for that wants more than that. */
  private TokenException loginInVain(CryptokiException fault) {
    return new TokenException(
        TokenException.Reason.FAILED,
        "token "
            + settings.name()
            + ": "
            + fault.getMessage()
            + " after "
            + NEW_SESSIONS
            + " new logins: the key does not take the login of the user",
        fault);
  }

  private TokenException unavailable(List<String> faults, CryptokiException last) {
    return new TokenException(
        TokenException.Reason.UNAVAILABLE,
        "token "
            + settings.name()
            + " does not answer ("
            + String.join(", ", faults)
            + "); check that it is plugged in and that pcscd runs",
        last);
  }

  private void restart(String why) {
    log.warn("Token {}: its module starts anew, since {}", settings.name(), why);
    module.restart();
    if (failing) {
      return; // one row for each trouble, however long it lasts
    }
    failing = true;
    try {
      audit.append(restarted(why));
    } catch (RuntimeException e) {
      log.warn("Token {}: the start of its module is not in the audit log", settings.name(), e);
    }
  }

  private AuditEvent restarted(String why) {
    return new AuditEvent(
        clock.instant(),
        actor,
        AuditEvent.Action.MODULE_RESTARTED,
        AuditEvent.Result.DONE,
        Optional.empty(),
        settings.serial(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "the module of token " + settings.name() + " started anew, since " + why);
  }

  /** OpenSC does not see keys that other processes have made until its module starts anew. */
  void lookAnew() {
    log.info("Token {}: its module starts anew to see all keys", settings.name());
    token.forget();
    module.restart();
  }
}
