package org.keyward.keyset;

/** Why a person's command on a roll is not carried out. A refused command has changed nothing. */
public enum Refusal {
  /** A key of this role is being replaced already. */
  ROLL_UNDER_WAY,
  /** No key of this role is being replaced. */
  NO_ROLL,
  /** The zone has no key of this role that signs. */
  NO_ACTIVE_KEY,
  /** The zone's active key is the one that was named. */
  SAME_KEY,
  /** A key of the zone, or one that may still be in a cache, has the same algorithm and tag. */
  TAG_TAKEN,
  /** The new key is of another algorithm. */
  OTHER_ALGORITHM,
  /** The DS of the new key is at the parent. */
  DS_AT_PARENT,
  /** What the parent has is not known. */
  PARENT_UNKNOWN,
  /** What a person confirmed is of another key than the new one. */
  OTHER_TAG,
  /** The roll waits for something that a person cannot confirm. */
  NOTHING_TO_CONFIRM,
  /** It is held already. */
  HELD_ALREADY,
  /** It is not held. */
  NOT_HELD
}
