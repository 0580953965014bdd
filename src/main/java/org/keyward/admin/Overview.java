package org.keyward.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.Name;

/** Port to what people look at. Rows have the names of their columns as keys. */
public interface Overview {
  /** How many zones are in which state, when they expire, what is wrong. */
  Map<String, Object> summary();

  Page zones(ZoneQuery query);

  List<Map<String, Object>> tokens();

  /** Every key that is on a token or assigned, with how it is used. */
  List<Map<String, Object>> keys();

  /** What is wrong, the worst first, and what causes something before what comes of it. */
  List<Map<String, Object>> findings();

  /** What is wrong with a zone, with the key that is assigned to it, or with that key's token. */
  List<Map<String, Object>> findingsOf(Name zone);

  /** Which zones to list. */
  record ZoneQuery(String search, Optional<String> after, int limit, boolean byRunway) {}

  /**
   * @param next where the next page begins; empty when this is the last
   */
  record Page(List<Map<String, Object>> items, Optional<String> next) {
    public Page {
      items = List.copyOf(items);
    }
  }
}
