/**
 * Pure DNSSEC (RFC 4034, 4035, 5155): algorithms, key tags, canonical RRsets, RRSIG, NSEC, NSEC3,
 * validity windows. No I/O, no clock of its own: time comes in as a parameter.
 */
package org.keyward.dnssec;
