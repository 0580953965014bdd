/**
 * PKCS#11 tokens: the single permit, the PIN guard, recovery, key search. The only package that
 * touches PKCS#11; implements the port {@code Tokens} of {@code signing}.
 */
package org.keyward.token;
