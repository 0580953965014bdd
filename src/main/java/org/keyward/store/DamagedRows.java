package org.keyward.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.mapper.RowMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rows that make no sense are passed over, each told once; the others are read. Thread-safe. */
final class DamagedRows {
  private static final Logger log = LoggerFactory.getLogger(DamagedRows.class);
  private static final int REMEMBERED = 10_000;
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  private DamagedRows() {}

  /** Gives null for a row that the mapper cannot read. */
  static <T> RowMapper<T> passedOver(String of, RowMapper<T> mapper) {
    return (row, context) -> {
      try {
        return mapper.map(row, context);
      } catch (RuntimeException e) {
        tell(of, e);
        return null;
      }
    };
  }

  static void tell(String of, Exception failure) {
    String text = of + ": a row cannot be used and is passed over: " + failure;
    if (TOLD.size() < REMEMBERED && TOLD.add(text)) {
      log.error("{}", text);
    }
  }
}
