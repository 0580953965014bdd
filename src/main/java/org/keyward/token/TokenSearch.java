package org.keyward.token;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.keyward.config.TokenSettings;
import org.keyward.signing.TokenException;
import org.keyward.token.Cryptoki.TokenInfo;

/** Looks for the configured token among those that the module sees. */
final class TokenSearch {
  private final TokenSettings settings;
  private final Pkcs11Module module;

  TokenSearch(TokenSettings settings, Pkcs11Module module) {
    this.settings = settings;
    this.module = module;
  }

  /** A token and the slot that it is in now. */
  record Found(long slot, TokenInfo info) {
    @Override
    public String toString() {
      return "'" + info.label() + "' serial " + info.serial();
    }
  }

  /**
   * A token that was initialised after the module started is seen only by a module started anew, so
   * that is tried now and then.
   *
   * @throws TokenException naming the tokens that are there when this one is not
   */
  Found find() throws CryptokiException {
    List<Found> seen = all();
    List<Found> fitting = seen.stream().filter(this::fits).toList();
    if (fitting.isEmpty() && module.lookAgain()) {
      seen = all();
      fitting = seen.stream().filter(this::fits).toList();
    }
    if (fitting.isEmpty()) {
      throw absent(seen);
    }
    if (fitting.size() > 1) {
      throw unavailable("several tokens have " + wanted() + "; set 'serial': " + list(fitting));
    }
    module.seen();
    return fitting.get(0);
  }

  private List<Found> all() throws CryptokiException {
    Cryptoki functions = module.functions();
    List<Found> found = new ArrayList<>();
    for (long slot : functions.slots()) {
      try {
        found.add(new Found(slot, functions.tokenInfo(slot)));
      } catch (CryptokiException e) {
        if (!isOfThisSlot(e.code())) {
          throw e;
        }
      }
    }
    return found;
  }

  /** Another card that is being pulled out, or a foreign one, must not keep ours away. */
  private static boolean isOfThisSlot(long code) {
    return code == Ck.TOKEN_NOT_PRESENT
        || code == Ck.TOKEN_NOT_RECOGNIZED
        || code == Ck.DEVICE_REMOVED
        || code == Ck.DEVICE_ERROR
        || code == Ck.SLOT_ID_INVALID;
  }

  private boolean fits(Found found) {
    return settings.serial().map(found.info().serial()::equals).orElse(true)
        && settings.label().map(found.info().label()::equals).orElse(true);
  }

  private TokenException absent(List<Found> seen) {
    List<Found> usable = seen.stream().filter(found -> !found.info().label().isEmpty()).toList();
    return unavailable(
        "there is no token with "
            + wanted()
            + (usable.isEmpty() ? "; none is plugged in" : "; the module sees " + list(usable)));
  }

  private String wanted() {
    return settings
        .serial()
        .map(serial -> "serial " + serial)
        .orElseGet(() -> "label '" + settings.label().orElse("") + "'");
  }

  private static String list(List<Found> tokens) {
    return tokens.stream().map(Found::toString).collect(Collectors.joining(", "));
  }

  private TokenException unavailable(String why) {
    return new TokenException(
        TokenException.Reason.UNAVAILABLE, "token " + settings.name() + ": " + why);
  }
}
