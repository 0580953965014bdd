package org.keyward.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindKeyReader;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.Seal;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** The public halves of the keys that PowerDNS signs zones with. Thread-safe. */
public final class PowerDnsKeys {
  private final Database database;
  private final Supplier<Seal> seal;

  /**
   * @param seal asked for only where a key is sealed
   */
  public PowerDnsKeys(Database database, Supplier<Seal> seal) {
    this.database = database;
    this.seal = seal;
  }

  /**
   * The keys that the parent of a zone is to know: its KSKs, or CSKs where it has no other; empty
   * for a zone that PowerDNS does not sign.
   *
   * @throws IllegalArgumentException when a key cannot be read
   */
  public List<DNSKEYRecord> of(Name zone) {
    return database.inTransaction(
        handle -> {
          List<DNSKEYRecord> given = given(handle, zone);
          return given.isEmpty() ? stored(handle, zone) : given;
        });
  }

  /** Keys on tokens that Keyward gave to PowerDNS: it knows what they are. */
  private static List<DNSKEYRecord> given(Handle handle, Name zone) {
    return handle
        .createQuery(
            """
            SELECT k.* FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.zone = ANY(:names) AND a.mode = 'powerdns' AND a.state = 'ended'
              AND NOT EXISTS (SELECT FROM keyward.assignment l
                WHERE l.domain_id = a.domain_id AND l.id > a.id)
              AND EXISTS (SELECT FROM keyward.powerdns_keys c
                WHERE c.domain_id = a.domain_id AND c.flags = 257 AND c.active)
            """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .map((row, context) -> KeyRows.ksk(zone, FindingFacts.key(row)))
        .list();
  }

  private List<DNSKEYRecord> stored(Handle handle, Name zone) {
    List<StoredKey> active =
        handle
            .createQuery(
                """
                SELECT c.* FROM keyward.powerdns_private_keys c
                JOIN public.domains d ON d.id = c.domain_id
                WHERE d.name = ANY(:names) AND c.active ORDER BY c.id
                """)
            .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
            .map(StoredKey::of)
            .filter(StoredKey::isKey)
            .list();
    boolean ksks = active.stream().anyMatch(key -> key.flags() == SoftwareKeys.KSK_FLAGS);
    List<DNSKEYRecord> keys = new ArrayList<>();
    for (StoredKey key : active) {
      if (!ksks || key.flags() == SoftwareKeys.KSK_FLAGS) {
        keys.add(read(handle, zone, key));
      }
    }
    return keys;
  }

  private DNSKEYRecord read(Handle handle, Name zone, StoredKey key) {
    String text = new SealedContent(key.sealed().map(bytes -> seal.get())).open(key, zone);
    return EngineKey.is(text)
        ? onToken(handle, zone, key.flags(), text)
        : BindKeyReader.read(zone, key.flags(), text).dnskey();
  }

  private static DNSKEYRecord onToken(Handle handle, Name zone, int flags, String text) {
    String label = EngineKey.field(text, "Label").orElse("");
    String slot = EngineKey.field(text, "Slot").orElse("");
    List<DNSKEYRecord> found =
        handle
            .createQuery(
                """
                SELECT DISTINCT k.algorithm, k.public_key FROM keyward.token_key k
                LEFT JOIN keyward.token_status t ON t.name = k.token_name
                WHERE k.label = :label AND :slot IN (t.label, k.token_serial, k.token_name)
                """)
            .bind("label", label)
            .bind("slot", slot)
            .map(
                (row, context) ->
                    SoftwareKeys.dnskey(
                        zone,
                        flags,
                        Algorithm.ofNumber(row.getInt("algorithm")).orElseThrow(),
                        row.getBytes("public_key")))
            .list();
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "the signer has not seen the key '"
              + label
              + "' on a token with the label '"
              + slot
              + "'; 'pdnsutil export-zone-ds "
              + NameText.of(zone)
              + "' prints the DS");
    }
    return found.get(0);
  }
}
