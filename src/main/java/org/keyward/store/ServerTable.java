package org.keyward.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The servers that answer PowerDNS, and whose tokens' PINs each can give to it. */
final class ServerTable {
  /** A server that has not written its row for so long is gone, or cannot reach the database. */
  private static final String PATIENCE = "1 minute";

  private ServerTable() {}

  /**
   * @param given modules, by the words for their tokens
   */
  static void report(Handle handle, String server, Map<String, String> given) {
    handle.execute(
        """
        INSERT INTO keyward.server (name, seen_at) VALUES (?, clock_timestamp())
        ON CONFLICT (name) DO UPDATE SET seen_at = EXCLUDED.seen_at
        """,
        server);
    handle.execute(
        "DELETE FROM keyward.server_pin WHERE server = ? AND slot <> ALL (?)",
        server,
        given.keySet().toArray(String[]::new));
    given.forEach(
        (slot, module) ->
            handle.execute(
                """
                INSERT INTO keyward.server_pin (server, slot, module) VALUES (?, ?, ?)
                ON CONFLICT (server, slot) DO UPDATE SET module = EXCLUDED.module
                WHERE server_pin.module <> EXCLUDED.module
                """,
                server,
                slot,
                module));
    // Of two servers that report after the clock was set each would wait for the other's row.
    handle.execute(
        """
        DELETE FROM keyward.server WHERE name IN (SELECT name FROM keyward.server
          WHERE seen_at < clock_timestamp() - INTERVAL '1 day' FOR UPDATE SKIP LOCKED)
        """);
  }

  static void leave(Handle handle, String server) {
    handle.execute("DELETE FROM keyward.server WHERE name = ?", server);
  }

  /**
   * Why PowerDNS would not get the PIN of a token at each of the servers that answer it; empty when
   * it would.
   *
   * @param slot any word for the token
   */
  static Optional<String> withoutPin(Handle handle, String slot, String module) {
    Map<String, Boolean> servers =
        handle
            .createQuery(
                """
                SELECT s.name, EXISTS (SELECT FROM keyward.server_pin p
                  WHERE p.server = s.name AND p.slot = :slot AND p.module = :module) AS can
                FROM keyward.server s
                WHERE s.seen_at > clock_timestamp() - CAST(:patience AS INTERVAL) ORDER BY s.name
                """)
            .bind("slot", slot)
            .bind("module", module)
            .bind("patience", PATIENCE)
            .map((row, context) -> Map.entry(row.getString("name"), row.getBoolean("can")))
            .collectToMap(Map.Entry::getKey, Map.Entry::getValue);
    if (servers.isEmpty()) {
      return Optional.of(
          "no server is running that could give PowerDNS the PIN of token '%s'; start 'keyward serve' with %s"
              .formatted(slot, setting(module)));
    }
    List<String> without =
        servers.entrySet().stream()
            .filter(s -> !s.getValue())
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    return without.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s cannot give PowerDNS the PIN of token '%s'; start it anew with %s"
                .formatted(String.join(", ", without), slot, setting(module)));
  }

  private static String setting(String module) {
    return "the token in 'tokens' of its configuration: label, pin-file and powerdns-module: "
        + module;
  }
}
