package org.keyward.store;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.signing.Seal;
import org.xbill.DNS.Name;

/** What stands between the database and PowerDNS's own backend for PostgreSQL. Thread-safe. */
public final class Leaving {
  private final Database database;

  public Leaving(Database database) {
    this.database = database;
  }

  /** Zones that Keyward signs: nobody else can, so they go back to unsigned first. */
  public List<String> signedZones() {
    return database.inTransaction(Leaving::signedZones);
  }

  private static List<String> signedZones(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT zone FROM keyward.assignment WHERE state <> 'ended' AND domain_id IS NOT NULL
            UNION SELECT zone FROM keyward.request
            WHERE state IN ('queued', 'started') AND kind IN ('assign', 'adopt')
            ORDER BY zone
            """)
        .mapTo(String.class)
        .list();
  }

  /** How many keys PowerDNS's own backend does not find, since they are sealed. */
  public int sealedKeys() {
    return database.inTransaction(Leaving::sealed).size();
  }

  private record SealedKey(String zone, StoredKey stored) {
    int id() {
      return stored.id();
    }
  }

  private static List<SealedKey> sealed(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT k.*, d.name FROM keyward.powerdns_private_keys k
            JOIN public.domains d ON d.id = k.domain_id
            WHERE k.sealed IS NOT NULL ORDER BY k.id
            """)
        .map(row -> new SealedKey(row.getColumn("name", String.class), StoredKey.of(row)))
        .list();
  }

  /**
   * The script that makes the database PowerDNS's again; it holds private keys in clear. Each of
   * them is a row in the audit log, committed before this returns.
   *
   * @throws IllegalStateException when Keyward signs a zone, or the seal key is another one
   */
  public String script(Seal seal, String actor) {
    return database.inTransaction(
        handle -> {
          List<String> signed = signedZones(handle);
          if (!signed.isEmpty()) {
            throw new IllegalStateException(
                "Keyward signs "
                    + String.join(", ", signed)
                    + "; have the DS removed and 'keyward unassign' each first");
          }
          StringBuilder script = new StringBuilder("BEGIN;\n");
          for (SealedKey key : sealed(handle)) {
            script.append(move(key, new SealedContent(Optional.of(seal))));
            audit(handle, key, actor);
          }
          return script.append("SELECT keyward.set_triggers(false);\nCOMMIT;\n").toString();
        });
  }

  private static String move(SealedKey key, SealedContent sealed) {
    String content = sealed.open(key.stored(), name(key));
    if (content.contains("$keyward$")) {
      throw new IllegalStateException("key " + key.id() + " of " + key.zone() + " is no key");
    }
    return """
        WITH sealed AS (DELETE FROM keyward.sealed_key WHERE id = %d RETURNING *)
        INSERT INTO public.cryptokeys (id, domain_id, flags, active, published, content)
        SELECT id, domain_id, flags, active, published, $keyward$%s$keyward$ FROM sealed;
        """
        .formatted(key.id(), content);
  }

  private static Name name(SealedKey key) {
    return StoredNames.parse(key.zone())
        .orElseThrow(() -> new IllegalStateException("'" + key.zone() + "' is no domain name"));
  }

  private static void audit(Handle handle, SealedKey key, String actor) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            PostgresClock.now(handle),
            actor,
            AuditEvent.Action.CRYPTOKEY_UNSEALED,
            AuditEvent.Result.DONE,
            Optional.of(NameText.of(name(key))),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "key " + key.id() + ": written into a script in clear, to leave"));
  }
}
