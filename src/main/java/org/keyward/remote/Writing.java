package org.keyward.remote;

import org.keyward.zone.Replication;
import org.keyward.zone.ZoneKeys;
import org.keyward.zone.ZoneWriter;

/**
 * What PowerDNS may write to.
 *
 * @param allowed whether it may
 */
public record Writing(
    ZoneWriter writer,
    Replication replication,
    ZoneKeys keys,
    TransactionLimits limits,
    boolean allowed) {}
