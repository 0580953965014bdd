package org.keyward.store;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.statement.Query;

/** Rows for people, by the names of their columns: times as {@code Instant}, arrays as lists. */
final class Rows {
  private Rows() {}

  static List<Map<String, Object>> of(Query query) {
    return query.map((row, context) -> row(row)).list();
  }

  private static Map<String, Object> row(ResultSet row) throws SQLException {
    ResultSetMetaData columns = row.getMetaData();
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      map.put(columns.getColumnLabel(i), plain(row.getObject(i)));
    }
    return map;
  }

  private static Object plain(Object value) throws SQLException {
    if (value instanceof Timestamp time) {
      return time.toInstant();
    }
    return value instanceof Array array ? List.of((Object[]) array.getArray()) : value;
  }
}
