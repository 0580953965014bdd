package org.keyward.app;

import java.time.Instant;
import org.keyward.admin.ApiTokens;
import org.keyward.config.KeywardConfig;
import org.keyward.store.PostgresApiTokens;

/** What the {@code api-token} commands work on. */
public final class ApiTokenAdministration implements AutoCloseable {
  private final Storage storage;
  private final ApiTokens tokens;

  private ApiTokenAdministration(Storage storage) {
    this.storage = storage;
    this.tokens = of(storage);
  }

  public static ApiTokenAdministration open(KeywardConfig config) {
    return new ApiTokenAdministration(Storage.open(config));
  }

  static ApiTokens of(Storage storage) {
    return new ApiTokens(new PostgresApiTokens(storage.database()), storage.clock());
  }

  /** By which tokens expire. */
  public Instant now() {
    return storage.clock().instant();
  }

  public ApiTokens tokens() {
    return tokens;
  }

  @Override
  public void close() {
    storage.close();
  }
}
