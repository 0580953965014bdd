package org.keyward.keyset;

/** What a roll waits for. */
public enum WaitsFor {
  /** Sets with the new key, or without the old one, that the token is to sign. */
  STOCK,
  /** The servers of the zone, which do not all show the change yet. */
  SERVERS,
  /** The parent, whose servers do not all have the DS of the new key. */
  PARENT,
  /** What may be in caches to expire. */
  CACHES,
  /** A person, who held it. */
  PERSON,
  /** The clock, which jumped. */
  CLOCK
}
