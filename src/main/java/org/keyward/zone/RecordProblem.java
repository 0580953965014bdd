package org.keyward.zone;

/**
 * A row that is left out of its zone, or a fault of the zone as a whole.
 *
 * @param owner as stored; empty for the zone as a whole
 * @param type as stored; empty for the zone as a whole, or {@link #ZONE}
 * @param reason what is wrong and what to do, one line
 */
public record RecordProblem(String owner, String type, String content, String reason) {
  /** The type in a problem of a zone that cannot be loaded as it is stored. */
  public static final String ZONE = "ZONE";
}
