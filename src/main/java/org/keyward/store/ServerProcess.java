package org.keyward.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The processes of an embedded PostgreSQL: making a data folder, starting a server on it, finding
 * one that runs, stopping it. The folder asks for a password from its first moment on.
 */
final class ServerProcess {
  static final String USER = "postgres";

  /** For each user on loopback, replication among it, with the password. */
  private static final String ACCESS =
      """
      host all all 127.0.0.1/32 scram-sha-256
      host replication all 127.0.0.1/32 scram-sha-256
      """;

  private final Path folder;
  private final ProcessHandle process;
  private final int port;

  private ServerProcess(Path folder, ProcessHandle process, int port) {
    this.folder = folder;
    this.process = process;
    this.port = port;
  }

  int port() {
    return port;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The one that runs on the data in {@code folder}. */
  static Optional<ServerProcess> find(Path folder) throws IOException {
    Path file = data(folder).resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.size() < 4 || !lines.get(0).matches("\\d+") || !lines.get(3).matches("\\d+")) {
      return Optional.empty();
    }
    return ProcessHandle.of(Long.parseLong(lines.get(0)))
        .filter(process -> isServerOf(folder, process))
        .map(process -> new ServerProcess(folder, process, Integer.parseInt(lines.get(3))));
  }

  /**
   * The file may be of a server that is long gone, and its number that of another program now.
   * PostgreSQL works in its data folder.
   */
  private static boolean isServerOf(Path folder, ProcessHandle process) {
    Path proc = Path.of("/proc", String.valueOf(process.pid()));
    try {
      return Files.isSameFile(proc.resolve("cwd"), data(folder))
          && proc.resolve("exe").toRealPath().endsWith("postgres");
    } catch (IOException e) {
      return false; // gone, or somebody else's
    }
  }

  /** Makes the data folder; one that a killed process has left half made is made anew. */
  static void initialize(ServerPrograms programs, Path folder, Path passwordFile)
      throws IOException {
    if (Files.exists(data(folder))) {
      return;
    }
    Path draft = folder.resolve("postgres.new");
    PrivateFolder.delete(draft);
    List<String> command = new ArrayList<>(programs.command("initdb"));
    command.addAll(
        List.of(
            "--auth=scram-sha-256",
            "--pwfile=" + passwordFile,
            "--username=" + USER,
            "--encoding=UTF8",
            "--pgdata=" + draft));
    Process initdb = new ProcessBuilder(command).redirectErrorStream(true).start();
    initdb.getOutputStream().close();
    String printed = said(initdb);
    if (initdb.exitValue() != 0) {
      throw new IOException("initdb: " + printed.strip());
    }
    Files.writeString(draft.resolve("pg_hba.conf"), ACCESS);
    Files.move(draft, data(folder), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String said(Process process) throws IOException {
    try (InputStream out = process.getInputStream()) {
      String printed = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return printed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      throw new IOException("interrupted", e);
    }
  }

  /**
   * Starts one; it may not answer yet.
   *
   * @param port 0 for any
   */
  static ServerProcess start(
      ServerPrograms programs, Path folder, int port, Map<String, String> settings)
      throws IOException {
    int chosen = port == 0 ? freePort() : port;
    removeFileOfOthers(folder);
    List<String> command = new ArrayList<>(programs.command("postgres"));
    command.addAll(List.of("-D", data(folder).toString(), "-p", String.valueOf(chosen)));
    settings.forEach((key, value) -> command.addAll(List.of("-c", key + "=" + value)));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(ServerLog.in(folder).toFile()))
            .start();
    process.getOutputStream().close();
    return new ServerProcess(folder, process.toHandle(), chosen);
  }

  /**
   * PostgreSQL refuses to start beside a living process of that number, whatever that is. In other
   * cases the file stays: by it PostgreSQL knows that parts of a killed server still run.
   */
  private static void removeFileOfOthers(Path folder) throws IOException {
    Path file = data(folder).resolve("postmaster.pid");
    if (Files.exists(file)) {
      Optional<ProcessHandle> process =
          Files.readAllLines(file).stream()
              .findFirst()
              .filter(line -> line.matches("\\d+"))
              .flatMap(line -> ProcessHandle.of(Long.parseLong(line)));
      if (process.isPresent() && !isServerOf(folder, process.get())) {
        Files.delete(file);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** PostgreSQL's fast shutdown: SIGTERM, all that Java can send, would wait for clients. */
  void stop() throws IOException {
    signal("INT");
    if (!ends(30)) {
      signal("QUIT");
      ends(30);
    }
  }

  /** PostgreSQL's immediate shutdown. */
  void kill() throws IOException {
    signal("QUIT");
    ends(30);
  }

  private void signal(String name) throws IOException {
    if (process.isAlive()) {
      new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
    }
  }

  private boolean ends(int seconds) {
    process.onExit().completeOnTimeout(process, seconds, TimeUnit.SECONDS).join();
    return !process.isAlive();
  }

  static Path data(Path folder) {
    return folder.resolve("postgres");
  }

  @Override
  public String toString() {
    return "PostgreSQL in " + folder + ", process " + process.pid();
  }
}
