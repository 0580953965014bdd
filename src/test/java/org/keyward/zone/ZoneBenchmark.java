package org.keyward.zone;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.keyward.dnssec.CryptoProviders;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.xbill.DNS.Name;

/** Hot paths of a zone in memory; {@code bin/bench micro} runs them. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Thread)
@Fork(1)
public class ZoneBenchmark {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final Name HIT = Name.fromConstantString("n5000.example.com.");
  private static final Name MISS = Name.fromConstantString("nothing.example.com.");
  private static final int NAMES = 10_000;

  private List<RecordRow> node;
  private NodeReader reader;
  private LoadedZone unsigned;
  private LoadedZone signed;

  /** Makes a zone of ten thousand names, unsigned and signed. */
  @Setup
  public void makeZones() {
    CryptoProviders.install();
    Clock clock = Clock.systemUTC();
    List<RecordRow> rows = new ArrayList<>();
    rows.add(row(ORIGIN, "SOA", "ns.example.com hostmaster.example.com 1 7200 3600 1209600 300"));
    rows.add(row(ORIGIN, "NS", "ns.example.com"));
    for (int i = 0; i < NAMES; i++) {
      rows.add(row(Name.fromConstantString("n" + i + ".example.com."), "A", "192.0.2.1"));
    }
    node = List.of(row(HIT, "A", "192.0.2.1"), row(HIT, "AAAA", "2001:db8::1"));
    reader = new NodeReader(ORIGIN, Optional.empty(), false, clock);
    unsigned = new LoadedZone(SignedZones.zone(ORIGIN, rows, Optional.empty()), clock);
    signed =
        new LoadedZone(
            SignedZones.zone(ORIGIN, rows, Optional.of(SignedZones.signing(ORIGIN, clock, 5))),
            clock);
  }

  private static RecordRow row(Name owner, String type, String content) {
    return new RecordRow(0, owner, type, content, 300, 0);
  }

  /** The bytes for a name that is there. */
  @Benchmark
  public byte[] lookupHit() {
    return bytes(unsigned);
  }

  /** The same with signatures. */
  @Benchmark
  public byte[] lookupHitSigned() {
    return bytes(signed);
  }

  private static byte[] bytes(LoadedZone zone) {
    return zone.lookup(HIT)
        .orElseThrow()
        .rendered("ANY", answer -> answer.rows().toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Finding that a name is not there. */
  @Benchmark
  public boolean lookupMiss() {
    return unsigned.lookup(MISS).isPresent();
  }

  /** The names before and after one that is not there. */
  @Benchmark
  public Object denialNeighbours() {
    return signed.nsecNeighbours(MISS);
  }

  /** A node of two rows. */
  @Benchmark
  public Object buildNode() {
    return reader.read(node, new ArrayList<>());
  }
}
