package org.keyward.setup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/** The files of the services' configuration. They hold no secrets, and everybody may read them. */
final class Configuration {
  private final Path folder;
  private final String databaseUrl;

  Configuration(Path folder, String databaseUrl) {
    this.folder = folder;
    this.databaseUrl = databaseUrl;
  }

  List<Step> steps(Optional<Token> token) {
    return List.of(
        file("keyward.yaml", serve()),
        file("sign.yaml", sign() + token.map(Token::yaml).orElse("")));
  }

  private String serve() {
    return """
        # For 'keyward serve' and for people: no token, no PIN. All keys: docs/configuration.md
        database: { url: "%1$s", user: keyward_server, password-file: %2$s/server-password }
        backend: { unix: /run/keyward/pdns.sock, secret-file: %2$s/backend-secret }
        admin: { http: "127.0.0.1:8054" }
        secrets: { key-file: %2$s/seal-key }
        """
        .formatted(databaseUrl, folder);
  }

  private String sign() {
    return """
        # For 'keyward sign', and for commands that use a token, as root. All keys: docs/configuration.md
        database: { url: "%1$s", user: keyward_signer, password-file: %2$s/signer-password }
        secrets: { key-file: %2$s/seal-key }
        """
        .formatted(databaseUrl, folder);
  }

  private Step file(String name, String content) {
    Path file = folder.resolve(name);
    return new Step(file.toString(), () -> hasSettings(file), () -> write(file, content));
  }

  /** The package brings files that have comments alone. */
  private static boolean hasSettings(Path file) {
    try {
      JsonNode tree = Files.exists(file) ? new YAMLMapper().readTree(file.toFile()) : null;
      return tree != null && !tree.isMissingNode() && !tree.isNull();
    } catch (IOException e) {
      throw new SetupException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  static void write(Path file, String content) {
    try {
      Files.writeString(file, content);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    } catch (IOException e) {
      throw new SetupException("cannot write " + file + ": " + e, e);
    }
  }
}
