package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** A million small zones, and one zone with a million names. */
final class ScalePart implements Part {
  private static final Duration START = Duration.ofMinutes(20);

  @Override
  public String name() {
    return "scale";
  }

  @Override
  public String title() {
    return "a million zones with 10 records each, and a zone with a million names";
  }

  @Override
  public List<Requirement> needs() {
    return List.of(
        Requirement.DNSPERF,
        Requirement.POWERDNS,
        Requirement.REMOTE,
        Requirement.GPGSQL,
        Requirement.PSQL,
        Requirement.DIG,
        Requirement.JAR);
  }

  @Override
  public void run(Lab lab) throws Exception {
    int size = lab.quick() ? Math.min(2_000, lab.scale()) : lab.scale();
    if (size != 1_000_000) {
      lab.report().note("with " + Table.number(size) + " zones, and as many names");
    }
    try (BenchDatabase database =
        BenchDatabase.start(Files.createDirectory(lab.folder().resolve("pg")))) {
      ManyZones.measure(lab, database, size);
      database.drop("zones");
      BigZone.measure(lab, database, size);
    }
  }

  static KeywardServer start(
      Lab lab, String folder, BenchDatabase database, String name, String heap)
      throws IOException, InterruptedException, TimeoutException {
    return KeywardServer.start(lab.folder().resolve(folder), database, name, heap, START);
  }

  /** The rows that Keyward needs, as fast as PostgreSQL gives them away; the second time counts. */
  static double copySeconds(BenchDatabase database, String name)
      throws IOException, InterruptedException {
    ProcessBuilder psql =
        new ProcessBuilder(
            "psql",
            "-q",
            "-h",
            database.sockets().toString(),
            "-p",
            String.valueOf(database.port()),
            "-U",
            BenchDatabase.USER,
            "-d",
            name,
            "-c",
            "COPY records TO STDOUT",
            "-c",
            "COPY domains TO STDOUT",
            "-o",
            "/dev/null");
    psql.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    double seconds = 0;
    for (int i = 0; i < 2; i++) {
      long start = System.nanoTime();
      if (psql.start().waitFor() != 0) {
        throw new IllegalStateException("psql could not copy the rows of " + name);
      }
      seconds = (System.nanoTime() - start) / 1e9;
    }
    return seconds;
  }

  static void memory(Section report, String what, KeywardServer keyward)
      throws IOException, InterruptedException {
    report.measured(what + ": heap", "MiB", Target.atMost(8_192), keyward.heapMiB());
    report.measured(what + ": memory of the process", "MiB", Programs.residentMiB(keyward.pid()));
  }

  static Series changes(
      Lab lab,
      String what,
      BenchDatabase database,
      String name,
      KeywardServer keyward,
      String record)
      throws SQLException, IOException, InterruptedException {
    List<Double> waited =
        new Visibility(database, name, keyward).ofChanges(record, lab.many(200, 100, 20));
    lab.report().measured(what + "change until served, p50", "ms", Percentile.of(0.5, waited));
    return lab.report()
        .measured(
            what + "change until served, p99",
            "ms",
            Target.atMost(50),
            Percentile.of(0.99, waited));
  }
}
