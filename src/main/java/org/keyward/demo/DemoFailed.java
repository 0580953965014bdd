package org.keyward.demo;

/** A step of the demo did not work; the rest cannot be shown. */
final class DemoFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DemoFailed(String message) {
    super(message);
  }
}
