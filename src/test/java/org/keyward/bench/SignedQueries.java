package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.keyward.remote.PowerDnsVersion;

/**
 * Signed zones: signed ahead by Keyward, by PowerDNS while it answers from gpgsql and from Keyward,
 * and where there is a PowerDNS 5, in mode split.
 */
final class SignedQueries {
  private static final String SPLIT_VERSION = "5.1";
  private static final long SIGNING_LIMIT_SECONDS = 300;

  private final Lab lab;
  private final BenchDatabase database;
  private final List<String> questions;
  private final Dnsperf dnsperf;
  private final List<String> caches;
  private final boolean cached;

  SignedQueries(
      Lab lab,
      BenchDatabase database,
      List<String> questions,
      Path file,
      List<String> caches,
      boolean cached) {
    this.lab = lab;
    this.database = database;
    this.questions = questions;
    this.dnsperf = new Dnsperf(file, true);
    this.caches = caches;
    this.cached = cached;
  }

  /** The database has {@code plain} with unsigned zones. */
  void measure() throws Exception {
    database.copy("plain", "live");
    BenchKeys.live(database, "live");
    ahead();
    if (!cached && lab.effort() != Effort.SHORT) {
      split();
    }
  }

  private KeywardServer assigned(String name, String mode) throws Exception {
    lab.say("signing every zone: " + mode);
    database.copy("plain", name);
    Path folder = Files.createDirectory(lab.folder().resolve(name));
    BenchKeys.assign(database, name, KeywardServer.sealKey(folder), mode);
    return start(name);
  }

  private KeywardServer start(String name)
      throws IOException, InterruptedException, TimeoutException {
    return KeywardServer.start(lab.folder().resolve(name), database, name, "", QueriesPart.START);
  }

  private void ahead() throws Exception {
    try (KeywardServer ahead = assigned("ahead", "presigned");
        KeywardServer live = start("live");
        Fronts fronts = new Fronts(lab.folder())) {
      fronts.keyward("keyward, pre-signed", ahead, "unix", caches);
      gpgsql(fronts, live, "gpgsql, live-signed");
      fronts.keyward("keyward, live-signed by PowerDNS", live, "unix", caches);
      lab.say("waiting until everything is signed ahead");
      Programs.awaitIdle(ahead.pid(), SIGNING_LIMIT_SECONDS);
      Map<String, Series> found = contest(fronts);
      Series theirs = found.get("gpgsql, live-signed");
      lab.report()
          .ratio(
              "keyward, pre-signed / gpgsql, live-signed",
              found.get("keyward, pre-signed"),
              theirs,
              Target.atLeast(cached ? 1.0 : 1.2));
      lab.report()
          .ratio(
              "keyward, live-signed / gpgsql, live-signed",
              found.get("keyward, live-signed by PowerDNS"),
              theirs);
    }
  }

  private void split() throws Exception {
    Optional<PowerDnsVersion> version =
        PowerDnsVersion.all().stream()
            .filter(each -> each.name().equals(SPLIT_VERSION) && each.skipped().isEmpty())
            .findFirst();
    if (version.isEmpty()) {
      lab.report().note("split is left out: bin/powerdns-versions has no " + SPLIT_VERSION);
      return;
    }
    try (KeywardServer split = assigned("split", "split");
        Fronts fronts = new Fronts(lab.folder(), version.get())) {
      List<String> lines = new ArrayList<>(caches);
      lines.addAll(List.of("direct-dnskey=yes", "direct-dnskey-signature=yes"));
      fronts.keyward("keyward, split, PowerDNS 5.1", split, "unix", lines);
      gpgsql(fronts, split, "gpgsql, live-signed, PowerDNS 5.1");
      Map<String, Series> found = contest(fronts);
      lab.report()
          .ratio(
              "keyward, split / gpgsql, live-signed, PowerDNS 5.1",
              found.get("keyward, split, PowerDNS 5.1"),
              found.get("gpgsql, live-signed, PowerDNS 5.1"));
    }
  }

  private void gpgsql(Fronts fronts, KeywardServer keyward, String name)
      throws IOException, InterruptedException {
    int threads = Front.threads(keyward.powerDnsConfig("4.7", "unix"));
    fronts.gpgsql(name, database, "live", true, threads, caches);
  }

  /** Long enough a warm-up for PowerDNS to have made every live signature. */
  private Map<String, Series> contest(Fronts fronts) throws IOException, InterruptedException {
    SameAnswers.check(fronts.all(), questions, true);
    return new Contest(lab, fronts.all(), dnsperf).warmUp().flatOut();
  }
}
