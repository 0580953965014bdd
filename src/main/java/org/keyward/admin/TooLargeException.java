package org.keyward.admin;

/** More was sent than is taken. */
final class TooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TooLargeException(int most) {
    super("the body has more than " + most + " bytes");
  }
}
