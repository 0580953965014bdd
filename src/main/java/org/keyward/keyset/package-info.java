/**
 * Which keys a zone has when, who signs, and how one key takes the place of another. Decisions are
 * pure functions of the state, of what was observed and of the time; nothing here knows SQL, a
 * token or a network.
 *
 * <p>Words: a <em>window</em> is the time for which signatures are made ahead; the <em>stock</em>
 * is what is signed already; a <em>roll</em> replaces one key by another in phases; a key
 * <em>enters</em> and <em>leaves</em> DNSKEY sets that are not signed yet. Formulas are those of
 * RFC 7583.
 */
package org.keyward.keyset;
