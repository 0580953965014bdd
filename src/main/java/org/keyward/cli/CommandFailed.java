package org.keyward.cli;

/** A command did not do, or found wrong, what it was asked about; the message is the one line. */
final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailed(String message) {
    super(message);
  }
}
