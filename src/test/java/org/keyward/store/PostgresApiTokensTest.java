package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.admin.ApiToken;
import org.keyward.admin.ApiTokens;
import org.keyward.admin.Role;
import org.keyward.audit.AuditRow;

@Tag("once")
class PostgresApiTokensTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private final Database database = TestDatabase.create();
  private final ApiTokens tokens = at(NOW);

  private ApiTokens at(Instant now) {
    return new ApiTokens(new PostgresApiTokens(database), Clock.fixed(now, ZoneOffset.UTC));
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aTokenIsKnownByItselfAndIsNowhereInTheDatabase() {
    String token = tokens.create("alice", Role.OPERATOR, Optional.empty(), "os:root@host");
    assertThat(token).matches("kwt_[A-Za-z0-9_-]{43}");
    assertThat(tokens.authenticate(token).map(ApiToken::name)).contains("alice");
    assertThat(tokens.authenticate(token + "x")).isEmpty();
    assertThat(tokens.authenticate("")).isEmpty();
    assertThat(tokens.create("bob", Role.AUDITOR, Optional.empty(), "os:root@host"))
        .isNotEqualTo(token);
    List<String> rows =
        database
            .jdbi()
            .withHandle(
                h ->
                    h.createQuery(
                            "SELECT t::TEXT FROM keyward.api_token t"
                                + " UNION ALL SELECT a::TEXT FROM keyward.audit a")
                        .mapTo(String.class)
                        .list());
    assertThat(rows).hasSize(4).noneMatch(row -> row.contains(token.substring(4)));
  }

  @Test
  void anExpiredOrRevokedTokenIsNoToken() {
    String token =
        tokens.create("alice", Role.OPERATOR, Optional.of(Duration.ofDays(90)), "os:root@host");
    assertThat(at(NOW.plus(Duration.ofDays(89))).authenticate(token)).isPresent();
    assertThat(at(NOW.plus(Duration.ofDays(90))).authenticate(token)).isEmpty();
    tokens.revoke("alice", "os:root@host");
    assertThat(tokens.authenticate(token)).isEmpty();
    assertThat(tokens.all().get(0).state(NOW)).isEqualTo("revoked");
    assertThatThrownBy(() -> tokens.revoke("alice", "os:root@host"))
        .hasMessageContaining("there is no token 'alice' to revoke");
  }

  @Test
  void aNameIsGivenOutOnceAndEveryTokenIsAudited() {
    tokens.create("alice", Role.AUDITOR, Optional.empty(), "os:root@host");
    tokens.revoke("alice", "os:carol@host");
    assertThatThrownBy(
            () -> tokens.create("alice", Role.OPERATOR, Optional.empty(), "os:root@host"))
        .hasMessageContaining("was given out before");
    assertThatThrownBy(() -> tokens.create("a b", Role.OPERATOR, Optional.empty(), "os:x@host"))
        .hasMessageContaining("is no name for a token");
    assertThat(new PostgresAudit(database).newest(10))
        .extracting(row -> row.field("actor") + " " + row.field("action") + " " + detail(row))
        .containsExactly(
            "os:carol@host API_TOKEN_REVOKED alice",
            "os:root@host API_TOKEN_CREATED alice, auditor, good until revoked");
  }

  private static String detail(AuditRow row) {
    return row.field("detail");
  }
}
