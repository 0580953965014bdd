package org.keyward.store;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.SignatureCount;
import org.keyward.signing.TokenSnapshot;
import org.keyward.signing.TokenState;

/** What the signer sees of tokens: {@code keyward.token_status}, {@code signature_count}. */
final class TokenStatusTable {
  private TokenStatusTable() {}

  static void report(Handle handle, TokenSnapshot snapshot, Instant now) {
    TokenState state = snapshot.state();
    handle.execute(
        """
        INSERT INTO keyward.token_status AS t (name, serial, label, model, pin, warnings, fault,
          fault_since, queue, rate, busy, permit_uses, permit_waited, permit_held, seen_at)
        SELECT ?, ?, ?, ?, ?, ?, n.fault, CASE WHEN n.fault IS NOT NULL THEN n.now END,
          ?, ?, ?, ?, ?, ?, n.now
        FROM (VALUES (?::TEXT, ?::TIMESTAMPTZ)) n (fault, now)
        ON CONFLICT (name) DO UPDATE SET serial = EXCLUDED.serial, label = EXCLUDED.label,
          model = coalesce(EXCLUDED.model, t.model), pin = EXCLUDED.pin,
          warnings = EXCLUDED.warnings, fault = EXCLUDED.fault,
          fault_since = CASE WHEN EXCLUDED.fault IS NOT NULL
            THEN coalesce(t.fault_since, EXCLUDED.fault_since) END,
          queue = EXCLUDED.queue, rate = EXCLUDED.rate, busy = EXCLUDED.busy,
          permit_uses = EXCLUDED.permit_uses, permit_waited = EXCLUDED.permit_waited,
          permit_held = EXCLUDED.permit_held, seen_at = EXCLUDED.seen_at
        """,
        state.name(),
        state.serial().orElse(null),
        state.label().orElse(null),
        state.model().orElse(null),
        state.pin().name().toLowerCase(Locale.ROOT),
        state.warnings().toArray(String[]::new),
        snapshot.queue(),
        snapshot.perSecond(),
        snapshot.busy(),
        snapshot.usage().uses(),
        snapshot.usage().waited().toNanos() / 1e9,
        snapshot.usage().held().toNanos() / 1e9,
        state.fault().orElse(null),
        now.atOffset(ZoneOffset.UTC));
  }

  /** Names of tokens by labels that only one of them has. */
  static Map<String, String> nameByLabel(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT label, min(name) AS name FROM keyward.token_status
            WHERE label IS NOT NULL GROUP BY label HAVING count(*) = 1
            """)
        .map((row, context) -> Map.entry(row.getString("label"), row.getString("name")))
        .collectToMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  /** In the order of the keys, so that two signers never wait for each other. */
  static void count(Handle handle, Map<SignatureCount, Long> signatures) {
    Map<String, SignatureCount> ordered = new TreeMap<>();
    signatures.keySet().forEach(what -> ordered.put(what.toString(), what));
    for (SignatureCount what : ordered.values()) {
      handle.execute(
          """
          INSERT INTO keyward.signature_count AS c (token_serial, label, result, count)
          VALUES (?, ?, ?, ?)
          ON CONFLICT (token_serial, label, result) DO UPDATE SET count = c.count + EXCLUDED.count
          """,
          what.tokenSerial(),
          what.label(),
          what.done() ? "done" : "failed",
          signatures.get(what));
    }
  }
}
