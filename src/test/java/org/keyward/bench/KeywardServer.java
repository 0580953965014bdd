package org.keyward.bench;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.keyward.config.BackendSecret;
import org.keyward.config.SealKey;

/** {@code bin/keyward serve} on one database, from the packaged jar. */
final class KeywardServer implements AutoCloseable {
  private final Path folder;
  private final String storage;
  private final Process process;
  private final int httpPort;
  private final double startSeconds;

  private KeywardServer(
      Path folder, String storage, Process process, int httpPort, double startSeconds) {
    this.folder = folder;
    this.storage = storage;
    this.process = process;
    this.httpPort = httpPort;
    this.startSeconds = startSeconds;
  }

  /**
   * Starts it and returns when it is ready.
   *
   * @param folder new, private, with a short path
   * @param jvmOptions for example {@code -Xmx2g}; empty for what the launcher does by itself
   * @param limit how long it may take
   */
  static KeywardServer start(
      Path folder, BenchDatabase database, String name, String jvmOptions, Duration limit)
      throws IOException, InterruptedException, TimeoutException {
    Files.createDirectories(folder);
    int http = Programs.freePort();
    int admin = Programs.freePort();
    SealKey.readOrCreate(sealKey(folder));
    String storage = storage(folder, database, name);
    Files.writeString(
        config(folder),
        """
        %s
        backend: { http: "127.0.0.1:%d", secret-file: %s, unix: %s }
        admin: { http: "127.0.0.1:%d" }
        """
            .formatted(storage, http, backendSecret(folder), socket(folder), admin));
    ProcessBuilder command =
        new ProcessBuilder("bin/keyward", "serve", "--config", config(folder).toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keyward.log").toFile());
    command.environment().put("KEYWARD_JAVA_OPTS", jvmOptions);
    long start = System.nanoTime();
    Process process = command.start();
    try {
      awaitReady(folder, process, admin, limit);
      double seconds = (System.nanoTime() - start) / 1e9;
      return new KeywardServer(folder, storage, process, http, seconds);
    } catch (IOException | InterruptedException | TimeoutException | RuntimeException e) {
      Programs.stop(process);
      throw e;
    }
  }

  static String storage(Path folder, BenchDatabase database, String name) throws IOException {
    Path password = secret(folder, "password", database.password());
    return """
        database: { url: "%s", user: %s, password-file: %s }
        secrets: { key-file: %s }"""
        .formatted(database.url(name), BenchDatabase.USER, password, sealKey(folder));
  }

  private static Path secret(Path folder, String name, String value) throws IOException {
    Path file = folder.resolve(name);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, value);
  }

  private static void awaitReady(Path folder, Process process, int admin, Duration limit)
      throws IOException, InterruptedException, TimeoutException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      if (!process.isAlive()) {
        throw new IllegalStateException("keyward ended:\n" + log(folder));
      }
      if (Files.exists(socket(folder)) && isReady(admin)) {
        return;
      }
      Thread.sleep(20);
    }
    throw new TimeoutException("keyward is not ready after " + limit + ":\n" + log(folder));
  }

  private static boolean isReady(int admin) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + admin + "/readyz").toURL().openConnection();
      return connection.getResponseCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private static String log(Path folder) throws IOException {
    return Files.readString(folder.resolve("keyward.log"));
  }

  private static Path backendSecret(Path folder) {
    return folder.resolve("backend-secret");
  }

  private static Path config(Path folder) {
    return folder.resolve("keyward.yaml");
  }

  private static Path socket(Path folder) {
    return folder.resolve("pdns.sock");
  }

  /** Made beforehand when the database has sealed keys. */
  static Path sealKey(Path folder) {
    return folder.resolve("seal-key");
  }

  /**
   * What {@code keyward pdns-config} recommends for it.
   *
   * @param transport {@code unix} or {@code http}
   */
  List<String> powerDnsConfig(String version, String transport)
      throws IOException, InterruptedException {
    return Programs.run(
            List.of(
                "bin/keyward",
                "pdns-config",
                "--powerdns",
                version,
                "--transport",
                transport,
                "--config",
                config(folder).toString()))
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  /** The part of its configuration that a signer for the same database has too. */
  String storage() {
    return storage;
  }

  /** A private file in its folder. */
  Path secret(String name, String value) throws IOException {
    return secret(folder, name, value);
  }

  Path folder() {
    return folder;
  }

  /** From the start of the process until it was ready. */
  double startSeconds() {
    return startSeconds;
  }

  long pid() {
    return process.pid();
  }

  Path socket() {
    return socket(folder);
  }

  /** Where PowerDNS posts JSON. */
  URI http() {
    String secret = new String(BackendSecret.readOrCreate(backendSecret(folder)).chars());
    return URI.create("http://127.0.0.1:" + httpPort + "/dns/" + secret);
  }

  /** Heap in use after a full collection, in MiB. */
  double heapMiB() throws IOException, InterruptedException {
    jcmd("GC.run");
    String said = jcmd("GC.heap_info");
    var used = Pattern.compile("total \\d+K, used (\\d+)K").matcher(said);
    if (!used.find()) {
      throw new IllegalStateException("jcmd tells no heap:\n" + said);
    }
    return Long.parseLong(used.group(1)) / 1024.0;
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    return Programs.run(List.of(jcmd.toString(), String.valueOf(process.pid()), command));
  }

  @Override
  public void close() {
    Programs.stop(process);
  }
}
