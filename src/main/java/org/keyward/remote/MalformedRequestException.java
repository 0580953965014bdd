package org.keyward.remote;

/** A request that is not of the protocol; the message says what is wrong with it. */
final class MalformedRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedRequestException(String message) {
    super(message);
  }
}
