/**
 * The demonstration: a private PostgreSQL, SoftHSM2 token and PowerDNS, and checks that a validator
 * agrees. Drives the same commands that an operator types.
 */
package org.keyward.demo;
