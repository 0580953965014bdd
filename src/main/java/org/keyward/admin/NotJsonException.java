package org.keyward.admin;

/** What was sent is not said to be JSON; a web page of anybody could have sent it. */
final class NotJsonException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotJsonException() {
    super("send JSON, and say so: Content-Type: application/json");
  }
}
