package org.keyward.store;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.Query;
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

  /** The rows that the mapper can read. */
  static <T> List<T> readable(Query query, String of, RowMapper<T> mapper) {
    return query.map(passedOver(of, mapper)).filter(Objects::nonNull).list();
  }

  static void tell(String of, Exception failure) {
    String text = of + ": a row cannot be used and is passed over: " + failure;
    if (TOLD.size() < REMEMBERED && TOLD.add(text)) {
      log.error("{}", text);
    }
  }
}
