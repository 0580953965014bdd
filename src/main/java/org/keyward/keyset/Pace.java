package org.keyward.keyset;

/** Whether a roll waits for sets that are not signed yet, or has the signed ones signed anew. */
public enum Pace {
  /** Costs the token nothing that it would not do anyway. */
  LAZY,
  /** Signs the present window and all ahead anew, twice. */
  NOW
}
