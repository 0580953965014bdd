package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.keyward.remote.PowerDnsVersion;

/** The PowerDNS servers of one contest, all of one version, each in a folder of its own. */
final class Fronts implements AutoCloseable {
  private final Path folder;
  private final PowerDnsVersion version;
  private final List<Front> all = new ArrayList<>();

  Fronts(Path folder) throws IOException {
    this(folder, PowerDnsVersion.HOST);
  }

  Fronts(Path folder, PowerDnsVersion version) throws IOException {
    this.folder = Files.createTempDirectory(folder, "f");
    this.version = version;
  }

  void keyward(String name, KeywardServer keyward, String transport, List<String> lines)
      throws IOException, InterruptedException {
    all.add(Front.keyward(name, keyward, version, transport, next(), lines));
  }

  void gpgsql(
      String name,
      BenchDatabase database,
      String databaseName,
      boolean dnssec,
      int threads,
      List<String> lines)
      throws IOException {
    all.add(Front.gpgsql(name, database, databaseName, dnssec, threads, version, next(), lines));
  }

  private Path next() {
    return folder.resolve("p" + all.size());
  }

  List<Front> all() {
    return Collections.unmodifiableList(all);
  }

  @Override
  public void close() {
    all.forEach(Front::close);
  }
}
