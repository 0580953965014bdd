package org.keyward.http;

/** A listener cannot be started; the message says in one line why and what to do. */
public final class ListenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ListenException(String message, Throwable cause) {
    super(message, cause);
  }
}
