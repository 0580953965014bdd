package org.keyward.zone;

/** The storage refuses what was to be changed: whoever asked for it can ask for something else. */
public final class RefusedChangeException extends StoredDataException {
  private static final long serialVersionUID = 1L;

  /** What is at fault. */
  public enum Fault {
    /** What is asked for can never be. */
    WRONG,
    /** It cannot be as things stand. */
    CONFLICT,
    /** What it is about is not there. */
    MISSING,
    /** It was asked for of a state that is no more. */
    OUTDATED
  }

  private final Fault fault;
  private final String reason;

  /**
   * @param reason for the person who asked, in one line
   */
  public RefusedChangeException(Fault fault, String reason, Throwable cause) {
    super("the database refused: " + reason, cause);
    this.fault = fault;
    this.reason = reason;
  }

  public Fault fault() {
    return fault;
  }

  public String reason() {
    return reason;
  }
}
