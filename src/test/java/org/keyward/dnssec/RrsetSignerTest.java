package org.keyward.dnssec;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;

class RrsetSignerTest {
  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void dnsjavaAcceptsTheSignature(Algorithm algorithm) throws Exception {
    Name zone = Name.fromString("example.com.");
    SoftwareKey key = SoftwareKeys.generate(zone, algorithm, SoftwareKeys.ZSK_FLAGS);
    SoftwareKey restored =
        new SoftwareKey(
            key.dnskey(), SoftwareKeys.privateKey(algorithm, key.privateKey().getEncoded()));
    ValidityWindow window =
        new SigningSchedule(Duration.ofDays(14), Duration.ofDays(7), Duration.ofHours(1))
            .windowAt(zone, Instant.now());
    List<Record> set =
        List.of(
            new ARecord(
                Name.fromString("*.example.com."),
                DClass.IN,
                300,
                InetAddress.getByName("192.0.2.1")),
            new ARecord(
                Name.fromString("*.example.com."),
                DClass.IN,
                300,
                InetAddress.getByName("192.0.2.2")));

    RRSIGRecord rrsig = RrsetSigner.sign(set, restored, window);

    assertThat(rrsig.getLabels()).isEqualTo(2);
    assertThat(RrsetSigner.verifies(set, rrsig, key.dnskey())).isTrue();
    assertThat(RrsetSigner.verifies(set.subList(0, 1), rrsig, key.dnskey())).isFalse();
    DNSSEC.verify(new RRset(set.toArray(Record[]::new)), rrsig, key.dnskey());
  }
}
