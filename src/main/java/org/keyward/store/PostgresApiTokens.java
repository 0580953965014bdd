package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.ApiToken;
import org.keyward.admin.ApiTokenStore;
import org.keyward.admin.Role;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.TimeText;

/** API tokens in PostgreSQL: {@code keyward.api_token}. Thread-safe. */
public final class PostgresApiTokens implements ApiTokenStore {
  private final Database database;

  public PostgresApiTokens(Database database) {
    this.database = database;
  }

  @Override
  public boolean add(ApiToken token, byte[] hash) {
    return database.inTransaction(
        handle -> {
          int added =
              handle.execute(
                  """
                  INSERT INTO keyward.api_token
                    (name, role, hash, created_at, created_by, expires_at)
                  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING
                  """,
                  token.name(),
                  token.role().word(),
                  hash,
                  token.createdAt().atOffset(ZoneOffset.UTC),
                  token.createdBy(),
                  token.expiresAt().map(end -> end.atOffset(ZoneOffset.UTC)).orElse(null));
          if (added > 0) {
            String until =
                token.expiresAt().map(end -> "until " + TimeText.of(end)).orElse("until revoked");
            audit(
                handle,
                token.createdAt(),
                token.createdBy(),
                AuditEvent.Action.API_TOKEN_CREATED,
                token.name() + ", " + token.role().word() + ", good " + until);
          }
          return added > 0;
        });
  }

  @Override
  public Optional<ApiToken> byHash(byte[] hash) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery("SELECT * FROM keyward.api_token WHERE hash = ?")
                .bind(0, hash)
                .map((row, context) -> token(row))
                .findFirst());
  }

  @Override
  public List<ApiToken> all() {
    return database.inTransaction(
        handle ->
            handle
                .createQuery("SELECT * FROM keyward.api_token ORDER BY name")
                .map((row, context) -> token(row))
                .list());
  }

  private static ApiToken token(ResultSet row) throws SQLException {
    return new ApiToken(
        row.getString("name"),
        Role.parse(row.getString("role")).orElseThrow(),
        time(row, "created_at").orElseThrow(),
        row.getString("created_by"),
        time(row, "expires_at"),
        time(row, "revoked_at"));
  }

  private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  @Override
  public boolean revoke(String name, String actor, Instant now) {
    return database.inTransaction(
        handle -> {
          int revoked =
              handle.execute(
                  """
                  UPDATE keyward.api_token SET revoked_at = ?, revoked_by = ?
                  WHERE name = ? AND revoked_at IS NULL
                  """,
                  now.atOffset(ZoneOffset.UTC),
                  actor,
                  name);
          if (revoked > 0) {
            audit(handle, now, actor, AuditEvent.Action.API_TOKEN_REVOKED, name);
          }
          return revoked > 0;
        });
  }

  private static void audit(
      Handle handle, Instant at, String actor, AuditEvent.Action action, String detail) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            at,
            actor,
            action,
            AuditEvent.Result.DONE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            detail));
  }
}
