/**
 * What is signed with which KSK until when: assignments, the runway of signed key sets, the
 * planner, the signer role. Reaches tokens and the database only through ports; knows no PKCS#11.
 */
package org.keyward.signing;
