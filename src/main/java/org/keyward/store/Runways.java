package org.keyward.store;

/**
 * How far the signatures of the KSKs reach, from a moment on and without a gap. The view {@code
 * keyward.runway} says the same of the present moment.
 */
final class Runways {
  /** Of each assignment that is signed at {@code :now}, until when it stays so without a gap. */
  static final String AT_NOW = at("keyward.signed_set");

  private Runways() {}

  /**
   * @param sets where to look: rows with assignment_id, inception and expiration
   * @return a query with the parameter {@code now}, in seconds since 1970
   */
  static String at(String sets) {
    return """
        SELECT s.assignment_id,
          coalesce(min(s.reached) FILTER (WHERE s.inception > s.reached), max(s.expiration))
            AS signed_until
        FROM (
          SELECT n.assignment_id, n.inception, n.expiration, coalesce(max(n.expiration) OVER (
              PARTITION BY n.assignment_id ORDER BY n.inception, n.expiration
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), :now) AS reached
          FROM %s n WHERE n.expiration > :now) s
        GROUP BY s.assignment_id
        HAVING coalesce(min(s.reached) FILTER (WHERE s.inception > s.reached), max(s.expiration))
          > :now
        """
        .formatted(sets);
  }
}
