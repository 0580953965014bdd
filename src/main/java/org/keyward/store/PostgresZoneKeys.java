package org.keyward.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.signing.Seal;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneKeys;
import org.xbill.DNS.Name;

/**
 * Keys of zones that PowerDNS signs itself. Those that come from it are sealed; beside them there
 * may be some in clear, in its table {@code cryptokeys}. Thread-safe.
 */
public final class PostgresZoneKeys implements ZoneKeys {
  static final String ACTOR = "powerdns";

  /** With the rest below PowerDNS's own limit for an answer, two seconds unless set. */
  private static final Duration SIGNER_LIMIT = Duration.ofMillis(1_300);

  private final Writes writes;
  private final SigningDesk desk;
  private final SealedContent sealed;
  private final boolean powerDnsByDefault;

  public PostgresZoneKeys(Database database, ServedChanges served, Seal seal) {
    this(database, served, seal, false);
  }

  /**
   * @param powerDnsByDefault whether PowerDNS is to sign with a key on a token that it is given for
   *     a zone without keys; else Keyward does
   */
  public PostgresZoneKeys(
      Database database, ServedChanges served, Seal seal, boolean powerDnsByDefault) {
    this.powerDnsByDefault = powerDnsByDefault;
    this.writes = new Writes(database, served);
    this.desk = new SigningDesk(database);
    this.sealed = new SealedContent(Optional.of(seal));
  }

  @Override
  public int add(Name zone, CryptoKey key) {
    return writes.write(
        handle -> {
          int zoneId = unsignedZone(handle, zone);
          String content = key.content().reveal();
          boolean onToken = EngineKey.is(content);
          if (onToken && !powerDnsByDefault) {
            throw new WriteRefusedException(
                NameText.of(zone)
                    + " is signed by PowerDNS with keys of its own: it gets a key on a token, and the"
                    + " PIN, by 'keyward mode "
                    + NameText.of(zone)
                    + " powerdns', or where signing.mode is powerdns");
          }
          if (onToken) {
            ServerTable.withoutPin(
                    handle,
                    EngineKey.field(content, "Slot").orElse(""),
                    EngineKey.field(content, "Engine").orElse(""))
                .ifPresent(
                    why -> {
                      throw new WriteRefusedException(
                          NameText.of(zone) + " keeps its keys: " + why);
                    });
          }
          int id =
              SealedKeyTable.add(
                  handle,
                  zoneId,
                  key.flags(),
                  key.active(),
                  key.published(),
                  sealed.close(
                      handle, onToken ? EngineKey.withoutPin(content) : content, zone, onToken));
          audit(
              handle,
              AuditEvent.Action.CRYPTOKEY_ADDED,
              zone,
              id,
              "flags "
                  + key.flags()
                  + (onToken
                      ? ", '"
                          + EngineKey.field(content, "Label").orElse("")
                          + "' on token '"
                          + EngineKey.field(content, "Slot").orElse("")
                          + "'"
                      : ""));
          return id;
        });
  }

  @Override
  public boolean isSignedByPowerDns(Name zone) {
    return powerDnsByDefault
        || writes
            .database()
            .inTransaction(
                handle ->
                    handle
                        .createQuery(
                            """
                            SELECT EXISTS (SELECT FROM keyward.powerdns_private_keys k
                              JOIN public.domains d ON d.id = k.domain_id
                              WHERE d.name = ANY(:names))
                            """)
                        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
                        .mapTo(Boolean.class)
                        .one());
  }

  private static int unsignedZone(Handle handle, Name zone) {
    int id = PostgresZoneWriter.zoneId(handle, zone);
    if (handle.createQuery("SELECT keyward.needs_two_people()").mapTo(Boolean.class).one()) {
      throw new WriteRefusedException(
          NameText.of(zone)
              + ": two people are needed to change who signs it, and PowerDNS does not say who asks;"
              + " use 'keyward assign' or 'keyward mode'");
    }
    if (PostgresZoneWriter.isSigned(handle, id)) {
      throw new WriteRefusedException(
          NameText.of(zone)
              + " is signed by Keyward with a key on a token: PowerDNS cannot change its keys; use"
              + " 'keyward assign' and 'keyward unassign'");
    }
    return id;
  }

  @Override
  public void remove(Name zone, int id) {
    change(
        zone,
        id,
        "DELETE FROM %s WHERE domain_id = ? AND id = ?",
        AuditEvent.Action.CRYPTOKEY_REMOVED,
        "removed");
  }

  @Override
  public void setActive(Name zone, int id, boolean active) {
    change(
        zone,
        id,
        "UPDATE %s SET active = " + active + " WHERE domain_id = ? AND id = ?",
        AuditEvent.Action.CRYPTOKEY_CHANGED,
        active ? "activated" : "deactivated");
  }

  @Override
  public void setPublished(Name zone, int id, boolean published) {
    change(
        zone,
        id,
        "UPDATE %s SET published = " + published + " WHERE domain_id = ? AND id = ?",
        AuditEvent.Action.CRYPTOKEY_CHANGED,
        published ? "published" : "unpublished");
  }

  /**
   * @param sql of either table that has keys
   */
  private void change(Name zone, int id, String sql, AuditEvent.Action action, String what) {
    writes.write(
        handle -> {
          int zoneId = unsignedZone(handle, zone);
          int changed =
              handle.execute(sql.formatted("keyward.sealed_key"), zoneId, id)
                  + handle.execute(sql.formatted("public.cryptokeys"), zoneId, id);
          if (changed == 0) {
            throw new WriteRefusedException(NameText.of(zone) + " has no key with the id " + id);
          }
          audit(handle, action, zone, id, what);
          return null;
        });
  }

  private static void audit(
      Handle handle, AuditEvent.Action action, Name zone, int id, String what) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            PostgresClock.now(handle),
            ACTOR,
            action,
            AuditEvent.Result.DONE,
            Optional.of(NameText.of(zone)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "key " + id + " of PowerDNS: " + what));
  }

  /** Waits as long as PowerDNS does: what the signer refuses meanwhile is refused. */
  @Override
  public void assign(Name zone, String token, String label, int algorithm) {
    long request =
        writes.write(
            handle -> {
              unsignedZone(handle, zone);
              return handle
                  .createQuery(
                      """
                      INSERT INTO keyward.request
                        (kind, zone, token, label, algorithm, reason, actor)
                      VALUES ('assign', ?, ?, ?, ?, 'pdnsutil hsm assign', ?) RETURNING id
                      """)
                  .bind(0, StoredNames.of(zone))
                  .bind(1, tokenName(handle, token))
                  .bind(2, label)
                  .bind(3, algorithm)
                  .bind(4, ACTOR)
                  .mapTo(Long.class)
                  .one();
            });
    SigningDesk.Answer answer = desk.taken(request, SIGNER_LIMIT);
    if (answer.state().equals("failed")) {
      throw new WriteRefusedException(answer.text());
    }
  }

  private static String tokenName(Handle handle, String token) {
    List<String> names =
        handle
            .createQuery(
                "SELECT name FROM keyward.token_status"
                    + " WHERE label = :token OR serial = :token OR name = :token")
            .bind("token", token)
            .mapTo(String.class)
            .list();
    if (names.size() != 1) {
      throw new WriteRefusedException(
          (names.isEmpty() ? "no token" : names.size() + " tokens")
              + " with the label '"
              + token
              + "' in Keyward's configuration; see 'keyward token list'");
    }
    return names.get(0);
  }
}
