package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Debian's MariaDB with PowerDNS's tables, on a unix socket only, as a user without rights. */
final class MariaDb implements AutoCloseable {
  private static final Path SCHEMA =
      Path.of("/usr/share/pdns-backend-mysql/schema/schema.mysql.sql");
  private static final String USER = "nobody";

  private final Path folder;
  private final Process process;

  private MariaDb(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
  }

  static MariaDb start() throws IOException {
    // Not in the folder of the test, which another user cannot enter.
    Path folder = Files.createTempDirectory("keyward-mariadb");
    List<String> user = asRoot(folder) ? List.of("--user=" + USER) : List.of();
    List<String> install =
        words(
            "mariadb-install-db --no-defaults --skip-test-db --auth-root-authentication-method=normal");
    install.addAll(user);
    install.add("--datadir=" + folder.resolve("data"));
    run(new ProcessBuilder(install));
    List<String> server = words("/usr/sbin/mariadbd --no-defaults --skip-networking");
    server.addAll(user);
    server.addAll(List.of("--datadir=" + folder.resolve("data"), "--socket=" + socket(folder)));
    MariaDb started =
        new MariaDb(
            folder,
            new ProcessBuilder(server)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start());
    Installation.await(
        "MariaDB to answer",
        Duration.ofMinutes(2),
        () -> started.client("", "-e", "SELECT 1").start().waitFor() == 0);
    run(started.client("", "-e", "CREATE DATABASE pdns"));
    run(started.client("pdns").redirectInput(SCHEMA.toFile()));
    return started;
  }

  String settings() {
    return """
        launch=gmysql
        gmysql-socket=%s
        gmysql-dbname=pdns
        gmysql-user=root
        gmysql-password=
        gmysql-dnssec=yes
        """
        .formatted(socket(folder));
  }

  void execute(String sql) {
    run(client("pdns", "-e", sql));
  }

  private static Path socket(Path folder) {
    return folder.resolve("socket");
  }

  private static boolean asRoot(Path folder) throws IOException {
    boolean root = System.getProperty("user.name").equals("root");
    if (root) {
      Files.setOwner(
          folder,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER));
    }
    return root;
  }

  private ProcessBuilder client(String database, String... arguments) {
    List<String> command =
        words("mariadb --no-defaults --user=root --default-character-set=utf8mb4");
    command.add("--socket=" + socket(folder));
    command.addAll(Arrays.asList(arguments));
    if (!database.isEmpty()) {
      command.add(database);
    }
    return new ProcessBuilder(command);
  }

  private static List<String> words(String command) {
    return new ArrayList<>(List.of(command.split(" ")));
  }

  private static void run(ProcessBuilder builder) {
    try {
      Process process = builder.redirectErrorStream(true).start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(builder.command() + ":\n" + printed).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    process.onExit().join();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
