package org.keyward.admin;

/** It cannot be done in the state that things are in. */
public final class ConflictException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public ConflictException(String message) {
    super(message);
  }
}
