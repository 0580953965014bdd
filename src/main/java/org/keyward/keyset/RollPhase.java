package org.keyward.keyset;

/**
 * Where a roll is. A ZSK roll is pre-publish, a KSK roll double-KSK; both share most phases, and
 * each is safe to stay in for ever:
 *
 * <pre>
 * ZSK  ENTERING → PUBLISHED → SWITCHING → RETIRING → LEAVING → FORGOTTEN → over
 * KSK  ENTERING → PUBLISHED → SUBMITTED → RETIRING → LEAVING → FORGOTTEN → over
 * </pre>
 */
public enum RollPhase {
  /** The new key is in each set that is signed from now on, until all servers show one with it. */
  ENTERING,
  /** All servers show the new key: until no cache has a set without it. */
  PUBLISHED,
  /** ZSK: the new key signs, until all servers give its signatures. */
  SWITCHING,
  /** KSK: the parent is asked for the DS of the new key, until all its servers have it. */
  SUBMITTED,
  /** All servers show what replaced the old key: until nothing that needs it is in a cache. */
  RETIRING,
  /** The old key is in no set that is signed from now on, until no server shows one with it. */
  LEAVING,
  /** No server shows the old key: until no cache has a set with it. */
  FORGOTTEN
}
