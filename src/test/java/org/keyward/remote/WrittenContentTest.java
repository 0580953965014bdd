package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.Reading;
import org.keyward.content.Release;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;

/** What Keyward writes into rows is what PowerDNS reads as the same data. */
class WrittenContentTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");

  @Test
  void whatIsWrittenIsReadAsTheSameDataByAllReleases() {
    List<String> differences = new ArrayList<>();
    int same = 0;
    for (ContentForms.Form form : ContentForms.all()) {
      try {
        Reading read = Content.read(form.type(), form.content()).by(Release.all());
        if (read.live()) {
          continue;
        }
        String written = Content.write(read.type(), read.data());
        Reading again = Content.read(read.type().mnemonic(), written).by(Release.all());
        if (!java.util.Arrays.equals(again.data(), read.data())) {
          differences.add(form + " written " + written);
        }
        same++;
      } catch (ContentException e) {
        // Not read by all, or data that have no other form than the one that was read.
      }
    }
    assertThat(differences).isEmpty();
    assertThat(same).isGreaterThan(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HINFO PC Linux | HINFO | `PC` `Linux` | 025043054c696e7578",
        "TXT word | TXT | `word` | 04776f7264",
        "TXT `caf\\195\\169` | TXT | `caf\\195\\169` | 05636166c3a9",
        "NAPTR 1 2 u E2U+sip `` . | NAPTR | 1 2 `u` `E2U+sip` `` . | "
            + "00010002017507453255 2b7369700000",
        "CAA 0 issue ca.example | CAA | 0 issue `ca.example` | 0005697373756563612e6578616d706c65",
        "X25 311061700956 | TYPE19 | \\# 13 0c333131303631373030393536 |"
            + " 0c333131303631373030393536",
        "IPSECKEY 10 0 2 . AQNR | IPSECKEY | 10 0 2 AQNR | 0a0002010351",
        "IPSECKEY 10 3 2 MyGw.Example.com. AQNR | IPSECKEY | 10 3 2 MyGw.Example.com AQNR |"
            + " 0a0302044d794777074578616d706c6503636f6d00010351",
        "SVCB 1 Svc.Example.net. alpn=h2 | SVCB | 1 Svc.Example.net alpn=h2 |"
            + " 00010353766307457861 6d706c65036e6574000001000302 6832",
        "CERT PKIX 1 RSASHA256 AQID | CERT | 1 1 8 AQID | 0001000108010203",
        "TLSA 3 1 1 abcd | TLSA | 3 1 1 abcd | 030101abcd"
      })
  void importsWriteTheFormThatPowerDnsReads(String line, String type, String content, String data)
      throws Exception {
    String file = "a 60 IN " + line.replace('`', '"') + "\n";
    RecordRow row =
        MasterFile.read(new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8)), ORIGIN)
            .get(0);
    assertThat(row.type()).isEqualTo(type);
    assertThat(row.content()).isEqualTo(content.replace('`', '"'));
    assertThat(HexFormat.of().formatHex(Content.read(row.type(), row.content()).data()))
        .isEqualTo(data.replace(" ", ""));
  }
}
