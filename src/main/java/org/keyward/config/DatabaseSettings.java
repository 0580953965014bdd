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
          "'" + masked(url) + "' is not a PostgreSQL URL like jdbc:postgresql://host/database");
    }
  }

  /** A password may be among its parameters, or before the host. */
  public static String masked(String url) {
    return url.replaceAll("(?i)(password=)[^&]*", "$1****")
        .replaceAll("(//[^/@:?]*:)[^/@?]*@", "$1****@");
  }

  @Override
  public String toString() {
    return "DatabaseSettings[url=" + masked(url) + ", user=" + user.orElse("") + ", password=****]";
  }
}
