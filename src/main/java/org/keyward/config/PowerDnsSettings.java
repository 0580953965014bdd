package org.keyward.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One PowerDNS that is told of changes. Exactly one of {@code control} and {@code api} says how.
 *
 * @param control its control socket, {@code pdns.controlsocket} in its {@code socket-dir}
 * @param api its web server, for example {@code http://127.0.0.1:8081}
 * @param key the web server's {@code api-key}; there with {@code api} only
 */
public record PowerDnsSettings(Optional<Path> control, Optional<URI> api, Optional<Secret> key) {
  public PowerDnsSettings {
    if (control.isPresent() == api.isPresent()) {
      throw new IllegalArgumentException("needs either 'control' or 'api', and not both");
    }
    if (api.isPresent() != key.isPresent()) {
      throw new IllegalArgumentException("needs 'key-file' with 'api', and only then");
    }
  }

  /** Reads the address of a web server. */
  public static URI uri(String text) {
    URI uri = URI.create(text);
    if (uri.getHost() == null || !(uri.getScheme() + "").matches("https?")) {
      throw new IllegalArgumentException(
          "'" + text + "' is no address such as http://127.0.0.1:8081");
    }
    return uri;
  }
}
