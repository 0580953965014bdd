package org.keyward.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.zone.RecordProblem;

/**
 * What a database is found to hold before {@code keyward migrate} changes it.
 *
 * @param server PostgreSQL's version, the database and who asks
 * @param tables of which version of PowerDNS its tables are
 * @param schema what is there of Keyward's own
 * @param zones how many there are of each kind, as stored
 * @param leftOut what cannot be served, by zone; the zone is empty for what belongs to none
 * @param obstacles why {@code migrate} would be refused, and what to do; empty when it would not
 * @param remarks what else a person should know before
 */
public record DatabaseSurvey(
    String server,
    String tables,
    String schema,
    Map<String, Long> zones,
    List<SignedZone> signed,
    List<LeftOut> leftOut,
    List<Login> logins,
    List<String> obstacles,
    List<String> remarks) {

  /** A zone that PowerDNS signs, or serves with the signatures of another server. */
  public record SignedZone(String zone, boolean presigned, List<FoundKey> keys) {}

  /**
   * A row of {@code cryptokeys}.
   *
   * @param place software; token and its label; or why it cannot be used
   * @param tag of a key in software that can be read
   */
  public record FoundKey(
      int id,
      int flags,
      Optional<String> algorithm,
      Optional<Integer> tag,
      boolean active,
      boolean published,
      String place) {}

  /** A row that cannot be served. */
  public record LeftOut(String zone, RecordProblem problem) {}

  /**
   * A login that owns tables, may write them, or is connected now.
   *
   * @param rights what it may do that matters here
   * @param connections to this database now, this command's own aside
   * @param programs what they call themselves, and where they are
   */
  public record Login(String name, List<String> rights, long connections, List<String> programs) {}
}
