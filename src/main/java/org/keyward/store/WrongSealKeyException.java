package org.keyward.store;

/** The seal key of this process is not that of the database. */
public final class WrongSealKeyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WrongSealKeyException(String message) {
    super(message);
  }
}
