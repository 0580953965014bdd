package org.keyward.keyset;

/** What came of a command. */
public sealed interface Outcome {
  /** It is carried out when {@code keys} is stored. */
  record Done(KeySet keys) implements Outcome {}

  /** Nothing has changed. */
  record Refused(Refusal why) implements Outcome {}
}
