package org.keyward.signing;

/** A token could not do what was asked. The message names the token and says what to do. */
public class TokenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a caller can act on. */
  public enum Reason {
    /** Not in the configuration. */
    UNKNOWN_TOKEN,
    /** The module cannot be loaded, or the token is not there now; may come back by itself. */
    UNAVAILABLE,
    /** The permit was not free in time. */
    BUSY,
    /** No PIN, a wrong one, or one that must not be tried: nothing helps but a person. */
    PIN,
    /** No key of that label, or several. */
    KEY,
    /** The token did it wrong or refuses: the signature does not fit the public key, for one. */
    FAILED
  }

  private final Reason reason;

  public TokenException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public TokenException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
