package org.keyward.dnssec;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;

/** Signatures in software; {@code bin/bench micro} runs it. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Thread)
@Fork(1)
public class SigningBenchmark {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Name OWNER = Name.fromConstantString("www.example.com.");

  private SoftwareKey key;
  private List<Record> rrset;
  private ValidityWindow window;
  private RRSIGRecord made;

  /** Makes a key and a set. */
  @Setup
  public void makeKey() throws UnknownHostException {
    CryptoProviders.install();
    key = SoftwareKeys.generate(ZONE, Algorithm.ECDSAP256SHA256, SoftwareKeys.ZSK_FLAGS);
    rrset = List.of(new ARecord(OWNER, DClass.IN, 300, InetAddress.getByName("192.0.2.1")));
    window =
        new SigningSchedule(Duration.ofDays(14), Duration.ofDays(7), Duration.ofHours(1))
            .windowAt(ZONE, Instant.now());
    made = RrsetSigner.sign(rrset, key, window);
  }

  /** An RRSIG over one set, P-256. */
  @Benchmark
  public RRSIGRecord signRrset() {
    return RrsetSigner.sign(rrset, key, window);
  }

  /** The check of one. */
  @Benchmark
  public boolean verifyRrset() {
    return RrsetSigner.verifies(rrset, made, key.dnskey());
  }
}
