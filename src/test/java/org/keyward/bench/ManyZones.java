package org.keyward.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The zones of the part scale, all in memory and on demand. */
final class ManyZones {
  private static final int RECORDS = 10;

  private static final String HEAP = "-Xmx8g";

  /** Only the unix socket's client pays for large replies; this many zones are too much for it. */
  private static final List<String> NO_ZONE_CACHE = List.of("zone-cache-refresh-interval=0");

  private ManyZones() {}

  static void measure(Lab lab, BenchDatabase database, int zones) throws Exception {
    lab.say("filling the database with " + Table.number(zones) + " zones");
    database.create("zones");
    BenchZones.fill(database, "zones", zones, RECORDS);
    Section report = lab.report();
    List<Double> copies = new ArrayList<>();
    List<Double> starts = new ArrayList<>();
    for (int round = 1; round < lab.rounds(3); round++) {
      lab.say("loading all zones, round " + round);
      copies.add(ScalePart.copySeconds(database, "zones"));
      try (KeywardServer keyward = ScalePart.start(lab, "r" + round, database, "zones", HEAP)) {
        starts.add(keyward.startSeconds());
      }
    }
    lab.say("loading all zones");
    copies.add(ScalePart.copySeconds(database, "zones"));
    try (KeywardServer keyward = ScalePart.start(lab, "z1", database, "zones", HEAP)) {
      starts.add(keyward.startSeconds());
      Series copy = report.measured("zones: COPY by psql", "s", copies);
      Series start = report.measured("zones: Keyward ready after", "s", starts);
      if (zones < 1_000_000) { // the start of the JVM is a large part
        report.ratio("zones: load / COPY", start, copy);
      } else {
        report.ratio("zones: load / COPY", start, copy, Target.atMost(4));
      }
      ScalePart.memory(report, "zones", keyward);
      allDomains(report, keyward);
      ScalePart.changes(
          lab, "zones: ", database, "zones", keyward, "www." + BenchZones.zone(zones / 2));
      queries(lab, "zones: ", database, "zones", keyward, zones);
    }
    lab.say("loading zones on demand, with a heap of 2 GB");
    try (KeywardServer keyward = ScalePart.start(lab, "z2", database, "zones", "-Xmx2g")) {
      report.measured("zones, heap of 2 GB: ready after", "s", keyward.startSeconds());
      coldZones(lab, keyward, zones);
      report.measured(
          "zones, heap of 2 GB: memory of the process", "MiB", Programs.residentMiB(keyward.pid()));
    }
  }

  /** As PowerDNS asks for it, over HTTP. */
  private static void allDomains(Section report, KeywardServer keyward) throws IOException {
    long start = System.nanoTime();
    HttpURLConnection connection = (HttpURLConnection) keyward.http().toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "text/javascript; charset=utf-8");
    connection
        .getOutputStream()
        .write(
            "{\"method\":\"getAllDomains\",\"parameters\":{\"include_disabled\":true}}"
                .getBytes(StandardCharsets.UTF_8));
    long bytes = 0;
    try (InputStream body = connection.getInputStream()) {
      byte[] buffer = new byte[1 << 16];
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        bytes += read;
      }
    }
    report.measured("zones: getAllDomains", "s", (System.nanoTime() - start) / 1e9);
    report.measured("zones: getAllDomains, size", "MiB", bytes / 1024.0 / 1024);
  }

  private static void queries(
      Lab lab, String what, BenchDatabase database, String name, KeywardServer keyward, int zones)
      throws IOException, InterruptedException {
    Path file =
        BenchZones.write(
            lab.folder().resolve("questions"), BenchZones.questions(zones, RECORDS, 100_000));
    List<String> lines = new ArrayList<>(Front.CACHES_OFF);
    int threads = Front.threads(keyward.powerDnsConfig("4.7", "unix"));
    List<String> ours = new ArrayList<>(lines);
    ours.addAll(NO_ZONE_CACHE);
    String keywards = what + "queries, keyward, unix socket";
    String theirs = what + "queries, gpgsql";
    try (Front unix = Front.keyward(keywards, keyward, "unix", lab.folder().resolve("q1"), ours);
        Front gpgsql =
            Front.gpgsql(
                theirs, database, name, true, threads, lab.folder().resolve("q2"), lines)) {
      Map<String, Series> found =
          new Contest(lab, List.of(unix, gpgsql), new Dnsperf(file, false)).warmUp().flatOut();
      lab.report()
          .ratio(what + "queries, keyward / gpgsql", found.get(keywards), found.get(theirs));
    }
  }

  /** Zones that nobody has asked for yet. */
  private static void coldZones(Lab lab, KeywardServer keyward, int zones) throws IOException {
    Random random = new Random(815);
    List<Double> waited = new ArrayList<>();
    try (BackendSocket socket = new BackendSocket(keyward.socket())) {
      for (int i = 0; i < lab.either(500, 50); i++) {
        String name = "www." + BenchZones.zone(1 + random.nextInt(zones));
        long start = System.nanoTime();
        String reply = socket.lookup(name);
        waited.add((System.nanoTime() - start) / 1e6);
        if (!reply.contains("192.0.2.80")) {
          throw new IllegalStateException(name + " is answered with " + reply);
        }
      }
    }
    lab.report()
        .measured("zones, heap of 2 GB: first answer, p50", "ms", Percentile.of(0.5, waited));
    lab.report()
        .measured("zones, heap of 2 GB: first answer, p99", "ms", Percentile.of(0.99, waited));
  }
}
