package org.keyward.store;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
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

  /**
   * A key in {@code cryptokeys} that PowerDNS's own backend cannot read.
   *
   * @param stored its sealed content
   */
  public record SealedKey(int id, String zone, String stored) {}

  public List<SealedKey> sealedKeys() {
    return database.inTransaction(Leaving::sealedKeys);
  }

  private static List<SealedKey> sealedKeys(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT k.id, d.name, k.content FROM public.cryptokeys k
            JOIN public.domains d ON d.id = k.domain_id
            WHERE k.content LIKE 'keyward-sealed-%' ORDER BY k.id
            """)
        .map(
            (row, context) ->
                new SealedKey(row.getInt("id"), row.getString("name"), row.getString("content")))
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
          for (SealedKey key : sealedKeys(handle)) {
            script.append(update(key, new SealedContent(Optional.of(seal))));
            audit(handle, key, actor);
          }
          return script.append("SELECT keyward.set_triggers(false);\nCOMMIT;\n").toString();
        });
  }

  private static String update(SealedKey key, SealedContent sealed) {
    String content = sealed.open(key.stored(), name(key));
    if (content.contains("$keyward$")) {
      throw new IllegalStateException("key " + key.id() + " of " + key.zone() + " is no key");
    }
    return "UPDATE public.cryptokeys SET content = $keyward$"
        + content
        + "$keyward$ WHERE id = "
        + key.id()
        + ";\n";
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
            Optional.of(name(key).toString()),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "key " + key.id() + " in cryptokeys: written into a script in clear, to leave"));
  }
}
