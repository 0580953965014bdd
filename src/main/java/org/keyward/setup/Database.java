package org.keyward.setup;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.keyward.app.Storage;
import org.keyward.config.ConfigLoader;

/** The database, its owner, Keyward's schema, and the logins of the services. */
final class Database {
  private static final String GROUPS =
      "SELECT count(*) = 4 FROM pg_roles WHERE rolname IN ('keyward_serve', 'keyward_writer',"
          + " 'keyward_admin', 'keyward_sign')";
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  private final Psql psql;
  private final String name;
  private final Secrets secrets;

  Database(Psql psql, String name, Secrets secrets) {
    if (!NAME.matcher(name).matches()) {
      throw new SetupException(
          "the database '" + name + "' must be named with small letters, digits and _ alone");
    }
    this.psql = psql.asked();
    this.name = name;
    this.secrets = secrets;
  }

  String url() {
    return "jdbc:postgresql://" + psql.address() + "/" + name;
  }

  List<Step> steps() {
    return List.of(
        login("keyward_owner", "owner-password", "CREATEROLE"),
        new Step("database " + name, this::exists, this::create),
        new Step("Keyward's schema in database " + name, () -> false, this::migrate),
        login(
            "keyward_server",
            "server-password",
            "IN ROLE keyward_serve, keyward_writer, keyward_admin"),
        login("keyward_signer", "signer-password", "IN ROLE keyward_sign"));
  }

  private Step login(String login, String passwordFile, String options) {
    return new Step(
        "login " + login,
        () -> isThere(login, passwordFile),
        () ->
            psql.run(
                "postgres",
                "CREATE ROLE %s LOGIN PASSWORD '%s' %s;"
                    .formatted(login, Storage.verifier(secrets.read(passwordFile)), options)));
  }

  /** A login whose password nobody here knows is of no use, and not ours to change. */
  private boolean isThere(String login, String passwordFile) {
    boolean there =
        psql.is("postgres", "EXISTS (SELECT FROM pg_roles WHERE rolname = '" + login + "')");
    if (there && !secrets.wasThere(passwordFile)) {
      throw new SetupException(
          "the login %s is in the database already, and its password is not in %s: put it there, or drop the login"
              .formatted(login, secrets.path(passwordFile)));
    }
    return there;
  }

  private boolean exists() {
    String owner =
        psql.run(
            "postgres",
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '" + name + "';");
    if (!owner.isEmpty() && !owner.equals("keyward_owner")) {
      throw new SetupException(
          "the database %s is there, and belongs to %s: choose another with --database, or adopt it as docs/migrate.md has it"
              .formatted(name, owner));
    }
    return !owner.isEmpty();
  }

  private void create() {
    psql.run("postgres", "CREATE DATABASE " + name + " OWNER keyward_owner;");
  }

  /** Only while it makes the roles of the services may the owner make roles. */
  private void migrate() {
    if (!psql.is("postgres", "(" + GROUPS + ")")) {
      psql.run("postgres", "ALTER ROLE keyward_owner CREATEROLE;");
    }
    Map<String, String> owner =
        Map.of(
            "KEYWARD_DATABASE_URL",
            url(),
            "KEYWARD_DATABASE_USER",
            "keyward_owner",
            "KEYWARD_DATABASE_PASSWORD_FILE",
            secrets.path("owner-password").toString(),
            "KEYWARD_BACKEND_UNIX",
            "/run/keyward/pdns.sock",
            "KEYWARD_SECRETS_KEY_FILE",
            secrets.path("seal-key").toString());
    Path none = Path.of("/dev/null");
    try (Storage storage = Storage.open(ConfigLoader.load(Optional.of(none), owner))) {
      storage.migrate();
    }
    psql.run("postgres", "ALTER ROLE keyward_owner NOCREATEROLE;");
  }
}
