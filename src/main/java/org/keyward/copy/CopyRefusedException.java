package org.keyward.copy;

/** A copy of the zones that nothing is served from. */
public final class CopyRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong with the file, one line
   */
  CopyRefusedException(String message) {
    super(message);
  }

  CopyRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
