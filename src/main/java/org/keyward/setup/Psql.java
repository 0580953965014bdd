package org.keyward.setup;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** PostgreSQL's administrator: the user postgres of this host, or a login of another server. */
final class Psql {
  private final List<String> prefix;
  private final Map<String, String> environment;

  private Psql(List<String> prefix, Map<String, String> environment) {
    this.prefix = prefix;
    this.environment = environment;
  }

  /**
   * @param url {@code postgresql://USER@HOST:PORT/DATABASE}; psql finds the password in {@code
   *     $PGPASSWORD}, {@code $PGPASSFILE} or {@code ~/.pgpass}
   */
  static Psql of(Optional<String> url) {
    return url.map(Psql::at).orElseGet(Psql::onThisHost);
  }

  private static Psql onThisHost() {
    boolean postgres = System.getProperty("user.name").equals("postgres");
    return new Psql(
        postgres ? List.of() : List.of("runuser", "-u", "postgres", "--"),
        Map.of("PGUSER", "postgres"));
  }

  private static Psql at(String url) {
    URI uri = URI.create(url);
    if (!"postgresql".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new SetupException("--admin-url is written postgresql://USER@HOST:PORT");
    }
    String user = Optional.ofNullable(uri.getUserInfo()).orElse("postgres");
    if (user.contains(":")) {
      throw new SetupException(
          "--admin-url has a password in it, which every user of this host can see; put it into"
              + " ~/.pgpass or $PGPASSWORD");
    }
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PGHOST", uri.getHost());
    environment.put("PGPORT", String.valueOf(uri.getPort() < 0 ? 5432 : uri.getPort()));
    environment.put("PGUSER", user);
    return new Psql(List.of(), environment);
  }

  /** Runs statements in a database, and gives what they print, a row a line. */
  String run(String database, String statements) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"));
    command.addAll(List.of("-d", database, "-f", "-"));
    return Programs.run(command, environment, statements).strip();
  }

  /** A statement that asks whether something is so. */
  boolean is(String database, String condition) {
    return run(database, "SELECT (" + condition + ")::TEXT;").equals("true");
  }

  /** The host and port where Keyward finds the server. */
  String address() {
    String host = environment.getOrDefault("PGHOST", "localhost");
    return host + ":" + environment.getOrDefault("PGPORT", "5432");
  }

  /** The same, after the server of this host has said its port. */
  Psql asked() {
    if (environment.containsKey("PGPORT")) {
      return this;
    }
    Map<String, String> known = new LinkedHashMap<>(environment);
    String port = run("postgres", "SHOW port;");
    known.put("PGPORT", port);
    return new Psql(prefix, known);
  }
}
