package org.keyward.signing;

/**
 * Port to the memory of PINs that were refused, which outlives restarts. Keyed by an HMAC of serial
 * and PIN under a key from the seal key, so that a changed PIN is a new one and none can be
 * guessed.
 */
public interface PinMemory {
  /** What is known of a PIN. */
  enum Verdict {
    UNKNOWN,
    /** A login was begun and its end is not known: the process ended in between. */
    TRYING,
    RIGHT,
    WRONG
  }

  Verdict verdict(String serial, byte[] pinMac);

  /** Stored durably when this returns. */
  void remember(String serial, byte[] pinMac, Verdict verdict);
}
