package org.keyward.signing;

/**
 * What was seen of a token at one moment.
 *
 * @param queue how many signatures wait for it
 * @param perSecond how fast it signed lately
 * @param busy the share of the time since the snapshot before that the permit was held
 */
public record TokenSnapshot(
    TokenState state, long queue, double perSecond, PermitUsage usage, double busy) {}
