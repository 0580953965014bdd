package org.keyward.zone.check;

/**
 * Something that a rule found.
 *
 * @param rule its name, for scripts: docs/zone-check.md lists them
 * @param owner without trailing dot; empty for the zone as a whole
 * @param type mnemonic; empty when it is about a name or the zone
 * @param content of the record; empty when it is about a set, a name or the zone
 * @param reason what is wrong and what to do, one line
 */
public record Finding(
    Severity severity, String rule, String owner, String type, String content, String reason) {}
