package org.keyward.zone;

import org.xbill.DNS.Name;

/**
 * A record as PowerDNS gets it.
 *
 * @param owner absolute, lower case
 * @param type mnemonic; empty for an empty non-terminal
 * @param content in PowerDNS's form: priority first, names without trailing dot
 * @param auth false for the NS set of a delegation, glue, and what lies below a delegation
 */
public record AnswerRow(Name owner, String type, String content, long ttl, boolean auth) {}
