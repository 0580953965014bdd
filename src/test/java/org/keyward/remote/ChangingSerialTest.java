package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.dnssec.CryptoProviders;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** While the serial moves all the time, every denial has an SOA and the signature of that SOA. */
@Tag("once")
@Tag("alone")
class ChangingSerialTest {
  private static final String ZONE = "moving.example.";
  private static final String RECORDS =
      "@ 60 IN SOA ns h 1 3600 600 604800 60\n@ 60 IN NS ns.example.net.\nwww 60 IN A 192.0.2.1\n";
  private static final Duration FOR =
      Duration.ofSeconds(Boolean.getBoolean("keyward.test.thorough") ? 20 : 4);

  @TempDir Path folder;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  @ParameterizedTest
  @CsvSource({"UNIX,no", "POST_JSON,no", "UNIX,yes"})
  void everyDenialIsOfOneMoment(Form form, String consistentBackends) throws Exception {
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      served.sign(ZONE);
      try (PowerDns powerDns =
          PowerDns.start(
              folder,
              List.of(
                  "launch=remote",
                  "remote-dnssec=yes",
                  form.connection(served.servers.socket(), served.servers.url()),
                  "consistent-backends=" + consistentBackends,
                  "cache-ttl=0",
                  "query-cache-ttl=0",
                  "negquery-cache-ttl=0"))) {
        List<DNSKEYRecord> keys = keys(powerDns);
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger torn = new AtomicInteger();
        Instant end = Instant.now().plus(FOR);
        List<CompletableFuture<Void>> work = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          work.add(CompletableFuture.runAsync(() -> ask(powerDns, keys, end, asked, torn)));
        }
        int moves = 0;
        while (Instant.now().isBefore(end)) {
          served.sql("SELECT keyward.bump_serial(id) FROM domains");
          moves++;
          Thread.sleep(20);
        }
        work.forEach(CompletableFuture::join);
        System.out.println(
            form + ": " + moves + " changes, " + asked + " questions, " + torn + " torn answers");
        assertThat(moves).isGreaterThan(20);
        assertThat(asked.get()).isGreaterThan(100);
        assertThat(torn.get()).isZero();
      }
    }
  }

  private static List<DNSKEYRecord> keys(PowerDns powerDns) throws Exception {
    try (BulkClient client = new BulkClient(powerDns.port())) {
      Message answer = client.ask(List.of(question(ZONE, Type.DNSKEY))).get(0);
      return answer.getSection(Section.ANSWER).stream()
          .filter(DNSKEYRecord.class::isInstance)
          .map(DNSKEYRecord.class::cast)
          .toList();
    }
  }

  private static Message question(String name, int type) throws Exception {
    Message question = Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
    question.addRecord(new OPTRecord(4_096, 0, 0, Flags.DO), Section.ADDITIONAL);
    return question;
  }

  private static void ask(
      PowerDns powerDns,
      List<DNSKEYRecord> keys,
      Instant end,
      AtomicInteger asked,
      AtomicInteger torn) {
    try (BulkClient client = new BulkClient(powerDns.port())) {
      while (Instant.now().isBefore(end)) {
        List<Message> questions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          questions.add(question("x" + System.nanoTime() + i + "." + ZONE, Type.A));
        }
        for (Message answer : client.ask(questions)) {
          asked.incrementAndGet();
          torn.addAndGet(isWhole(answer, keys) ? 0 : 1);
        }
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isWhole(Message answer, List<DNSKEYRecord> keys) {
    RRset soa = new RRset();
    List<RRSIGRecord> signatures = new ArrayList<>();
    for (Record record : answer.getSection(Section.AUTHORITY)) {
      if (record.getType() == Type.SOA) {
        soa.addRR(record);
      } else if (record instanceof RRSIGRecord signature
          && signature.getTypeCovered() == Type.SOA) {
        signatures.add(signature);
      }
    }
    return signatures.size() == 1
        && keys.stream()
            .filter(key -> key.getFootprint() == signatures.get(0).getFootprint())
            .anyMatch(key -> verifies(soa, signatures.get(0), key));
  }

  private static boolean verifies(RRset soa, RRSIGRecord signature, DNSKEYRecord key) {
    try {
      DNSSEC.verify(soa, signature, key);
      return true;
    } catch (DNSSEC.DNSSECException e) {
      return false;
    }
  }
}
