package org.keyward.admin;

/** What was named is not there. */
public final class NoSuchThingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public NoSuchThingException(String message) {
    super(message);
  }
}
