package org.keyward.zone;

/** What was asked to be written is refused; the message says why and what to do, in one line. */
public final class WriteRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WriteRefusedException(String message) {
    super(message);
  }

  public WriteRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
