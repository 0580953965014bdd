package org.keyward.remote;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Reading what PowerDNS asks; {@code bin/bench micro} runs it. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Thread)
@Fork(1)
public class RequestBenchmark {
  private final byte[] lookup =
      """
      {"method":"lookup","parameters":{"local":"127.0.0.1","qname":"n5000.example.com.",\
      "qtype":"ANY","real-remote":"192.0.2.10/32","remote":"192.0.2.10","zone-id":7}}\
      """
          .getBytes(StandardCharsets.UTF_8);

  /** A lookup as it comes on the unix socket. */
  @Benchmark
  public Object parseLookup() {
    return RequestParser.request(lookup, 0, lookup.length);
  }
}
