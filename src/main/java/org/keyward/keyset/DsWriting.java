package org.keyward.keyset;

/** Who gives a parent zone in the same database the DS of its child. */
public enum DsWriting {
  /** A person, as for any other parent. */
  HAND,
  /** Keyward, at the points at which a person would. */
  WRITE
}
