package org.keyward.keyset;

/** What a key signs (RFC 9499): the DNSKEY set, or everything else. */
public enum KeyRole {
  KSK,
  ZSK
}
