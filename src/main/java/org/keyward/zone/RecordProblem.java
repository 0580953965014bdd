package org.keyward.zone;

import java.util.List;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

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

  /** One line: the record, unless it is of the zone as a whole, and what is wrong with it. */
  public String words() {
    String record = (owner + " " + type).strip();
    return record.isEmpty() ? reason : record + ": " + reason;
  }

  /** Says in one line that a zone cannot be exported whole. */
  public static String notExported(Name zone, List<RecordProblem> leftOut) {
    return "%s of %s cannot be written into a master file, the first is %s; 'keyward zone check %s' shows all"
        .formatted(
            leftOut.size() == 1 ? "1 record" : leftOut.size() + " records",
            NameText.of(zone),
            leftOut.get(0).words(),
            NameText.of(zone));
  }
}
