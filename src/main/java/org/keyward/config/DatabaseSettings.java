package org.keyward.config;

import java.util.Optional;

/**
 * A PostgreSQL server of the operator's.
 *
 * @param url a JDBC URL: {@code jdbc:postgresql://host/database}
 */
public record DatabaseSettings(String url, Optional<String> user, Optional<Secret> password) {
  public DatabaseSettings {
    if (!url.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException(
          "'" + url + "' is not a PostgreSQL URL like jdbc:postgresql://host/database");
    }
  }
}
