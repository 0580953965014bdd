package org.keyward.dnssec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Name;

class BindKeyReaderTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  @ParameterizedTest
  @EnumSource
  void readsWhatIsWritten(Algorithm algorithm) {
    SoftwareKey made = SoftwareKeys.generate(ZONE, algorithm, SoftwareKeys.ZSK_FLAGS);
    String text = BindPrivateKey.write(algorithm, made.privateKey().getEncoded());
    SoftwareKey read = BindKeyReader.read(ZONE, SoftwareKeys.ZSK_FLAGS, text);
    assertThat(read.dnskey()).isEqualTo(made.dnskey());
    byte[] data = "to be signed".getBytes(StandardCharsets.UTF_8);
    byte[] signature = SoftwareKeys.sign(read.privateKey(), algorithm, data);
    assertThat(
            SoftwareKeys.verify(
                PublicKeys.fromDnskey(made.dnskey().getKey(), algorithm),
                algorithm,
                data,
                signature))
        .isTrue();
    // As it is stored.
    assertThat(BindPrivateKey.write(algorithm, read.privateKey().getEncoded())).isEqualTo(text);
  }

  /** RFC 8032, section 7.1, test 3. */
  @Test
  void thePublicKeyOfAnEd25519KeyIsComputed() {
    HexFormat hex = HexFormat.of();
    byte[] secret =
        hex.parseHex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    SoftwareKey key =
        BindKeyReader.read(
            ZONE,
            SoftwareKeys.ZSK_FLAGS,
            "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: "
                + Base64.getEncoder().encodeToString(secret)
                + "\n");
    assertThat(hex.formatHex(key.dnskey().getKey()))
        .isEqualTo("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  }

  @Test
  void whatIsNoKeyIsRefusedWithoutShowingIt() {
    String text = "Algorithm: 15 (ED25519)\nPrivateKey: c2VjcmV0\n";
    assertThatThrownBy(() -> BindKeyReader.read(ZONE, SoftwareKeys.ZSK_FLAGS, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no private key in BIND's format")
        .hasMessageNotContaining("c2VjcmV0");
  }
}
