package org.keyward.store;

import java.util.List;
import org.jdbi.v3.core.Handle;
import org.keyward.zone.ZoneStorageException;

/**
 * Whether tables that PowerDNS's own backend filled have what Keyward needs. Versions of PowerDNS
 * before 4.3 had less, and left it to their users to bring the tables up to date.
 */
final class AdoptedSchema {
  /** In PowerDNS's own words, from its upgrade notes. */
  private static final String FAULTS =
      """
      WITH needed (of_table, of_column, type) AS (VALUES
        ('domains', 'id', 'INT'), ('domains', 'name', 'VARCHAR(255)'),
        ('domains', 'master', 'VARCHAR(128) DEFAULT NULL'), ('domains', 'last_check', 'INT DEFAULT NULL'),
        ('domains', 'type', 'TEXT'), ('domains', 'notified_serial', 'BIGINT DEFAULT NULL'),
        ('domains', 'account', 'VARCHAR(40) DEFAULT NULL'),
        ('records', 'id', 'BIGINT'), ('records', 'domain_id', 'INT'), ('records', 'name', 'VARCHAR(255)'),
        ('records', 'type', 'VARCHAR(10)'), ('records', 'content', 'VARCHAR(65535)'),
        ('records', 'ttl', 'INT'), ('records', 'prio', 'INT'),
        ('records', 'disabled', 'BOOL DEFAULT false'), ('records', 'ordername', 'VARCHAR(255)'),
        ('records', 'auth', 'BOOL DEFAULT true'),
        ('domainmetadata', 'id', ''), ('domainmetadata', 'domain_id', ''),
        ('domainmetadata', 'kind', ''), ('domainmetadata', 'content', ''),
        ('cryptokeys', 'id', ''), ('cryptokeys', 'domain_id', ''), ('cryptokeys', 'flags', ''),
        ('cryptokeys', 'active', ''), ('cryptokeys', 'published', 'BOOL DEFAULT true'),
        ('cryptokeys', 'content', ''),
        ('tsigkeys', 'id', ''), ('tsigkeys', 'name', ''), ('tsigkeys', 'algorithm', ''),
        ('tsigkeys', 'secret', ''),
        ('comments', 'id', ''), ('comments', 'domain_id', ''), ('comments', 'name', ''),
        ('comments', 'type', ''), ('comments', 'modified_at', ''), ('comments', 'account', ''),
        ('comments', 'comment', ''),
        ('supermasters', 'ip', ''), ('supermasters', 'nameserver', ''),
        ('supermasters', 'account', 'VARCHAR(40)'))
      SELECT DISTINCT CASE WHEN to_regclass('public.' || n.of_table) IS NULL
        THEN 'CREATE TABLE ' || n.of_table || ' as schema.pgsql.sql of PowerDNS 4.7 has it'
        ELSE 'ALTER TABLE ' || n.of_table || ' ADD ' || n.of_column || ' ' || n.type END AS missing
      FROM needed n
      WHERE to_regclass('public.domains') IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = to_regclass('public.' || n.of_table) AND a.attname = n.of_column
          AND NOT a.attisdropped)
      UNION ALL
      SELECT 'ALTER TABLE domains ALTER notified_serial TYPE BIGINT'
        || ' USING CASE WHEN notified_serial >= 0 THEN notified_serial::BIGINT END'
      FROM pg_attribute a
      WHERE a.attrelid = to_regclass('public.domains') AND a.attname = 'notified_serial'
        AND a.atttypid = 'int4'::REGTYPE AND NOT a.attisdropped
      ORDER BY missing
      """;

  private AdoptedSchema() {}

  /**
   * @throws ZoneStorageException with the statements that help
   */
  static void check(Database database) {
    List<String> statements = database.inTransaction(AdoptedSchema::missing);
    if (!statements.isEmpty()) {
      throw new ZoneStorageException(
          "the tables of PowerDNS in the schema public are those of an older version; nothing was"
              + " changed. Bring them up to date as their owner, then migrate again: "
              + String.join("; ", statements)
              + ";",
          null);
    }
  }

  /** The statements that bring the tables up to date; none when they will do, or are not there. */
  static List<String> missing(Handle handle) {
    return handle.createQuery(FAULTS).mapTo(String.class).list();
  }
}
