package org.keyward.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.keyward.audit.AuditEvent;
import org.keyward.config.Secret;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.PublicKeys;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.PinMemory;
import org.keyward.signing.Seal;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenLock;
import org.keyward.zone.ZoneStorageException;

class Pkcs11TokensTest {
  private static final byte[] DATA = "to be signed".getBytes(StandardCharsets.UTF_8);
  private final Map<String, PinMemory.Verdict> verdicts = new ConcurrentHashMap<>();
  private final List<AuditEvent> events = new ArrayList<>();
  private boolean refusalsAreLost;
  private Seal seal = new Seal(Secret.of(new byte[32]));

  private Pkcs11Tokens open(TokenSettings... settings) {
    PinMemory memory =
        new PinMemory() {
          @Override
          public Verdict verdict(String serial, byte[] mac) {
            return verdicts.getOrDefault(HexFormat.of().formatHex(mac), Verdict.UNKNOWN);
          }

          @Override
          public void remember(String serial, byte[] mac, Verdict verdict) {
            if (refusalsAreLost && verdict == Verdict.WRONG) {
              throw new ZoneStorageException("connection reset", null);
            }
            verdicts.put(HexFormat.of().formatHex(mac), verdict);
          }
        };
    TokenLock lock =
        (serial, deadline) ->
            new TokenLock.Held() {
              @Override
              public boolean valid() {
                return true;
              }

              @Override
              public void close() {}
            };
    return new Pkcs11Tokens(
        List.of(settings),
        lock,
        memory,
        seal,
        events::add,
        "test",
        Clock.systemUTC(),
        message -> {});
  }

  private static void signsAndVerifies(Pkcs11Tokens tokens, TokenKey key) {
    byte[] signature = tokens.withPermit("t", signer -> signer.sign(key, DATA));
    assertThat(
            SoftwareKeys.verify(
                PublicKeys.fromDnskey(key.publicKey(), key.algorithm()),
                key.algorithm(),
                DATA,
                signature))
        .isTrue();
  }

  @Test
  void signsWithKeysAsPkcs11ToolMakesThem() throws Exception {
    TokenSettings token = SoftHsm.token("t", SoftHsm.PIN);
    Map<String, Algorithm> types =
        Map.of(
            "EC:prime256v1", Algorithm.ECDSAP256SHA256,
            "EC:secp384r1", Algorithm.ECDSAP384SHA384,
            "RSA:2048", Algorithm.RSASHA256,
            "EC:edwards25519", Algorithm.ED25519);
    for (String type : types.keySet()) {
      SoftHsm.makeKey(token, type, type);
    }
    try (Pkcs11Tokens tokens = open(token)) {
      types.forEach(
          (label, algorithm) -> {
            TokenKey key = tokens.find("t", label, Optional.empty());
            assertThat(key.algorithm()).isEqualTo(algorithm);
            signsAndVerifies(tokens, key);
          });
      assertThat(tokens.keys("t")).hasSize(4);
    }
  }

  @Test
  void aNewKeyIsUsableWithoutARestart() throws Exception {
    TokenSettings token = SoftHsm.token("t", SoftHsm.PIN);
    try (Pkcs11Tokens tokens = open(token)) {
      assertThat(tokens.keys("t")).isEmpty();
      SoftHsm.makeKey(token, "EC:prime256v1", "later");
      signsAndVerifies(tokens, tokens.find("t", "later", Optional.empty()));
      assertThatThrownBy(() -> tokens.find("t", "never", Optional.empty()))
          .isInstanceOf(TokenException.class)
          .hasMessageContaining("it has 'later'");
      TokenKey made = tokens.generate("t", "made", Algorithm.ECDSAP384SHA384);
      signsAndVerifies(tokens, made);
      assertThatThrownBy(() -> tokens.generate("t", "made", Algorithm.ECDSAP256SHA256))
          .hasMessageContaining("already");
    }
  }

  @Test
  void aKeyThatWantsALoginForEachSignatureGetsOne() throws Exception {
    TokenSettings token = SoftHsm.token("t", SoftHsm.PIN);
    SoftHsm.makeKeyThatWantsLogins(token, "EC:prime256v1", "always");
    SoftHsm.makeKey(token, "EC:prime256v1", "other");
    try (Pkcs11Tokens tokens = open(token)) {
      TokenKey always = tokens.find("t", "always", Optional.empty());
      TokenKey other = tokens.find("t", "other", Optional.empty());
      for (int i = 0; i < 3; i++) {
        signsAndVerifies(tokens, always);
        signsAndVerifies(tokens, other);
        byte[] again = tokens.withPermit("t", signer -> signer.signUnverified(always, DATA));
        assertThat(again).hasSize(64);
      }
    }
    assertThat(events).hasSize(1); // one login of the user is worth a row, others are not
  }

  @Test
  void aPrivateKeyWithoutItsPublicObjectIsCalledThat() throws Exception {
    TokenSettings token = SoftHsm.token("t", SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", "half");
    SoftHsm.deletePublicKey(token, "half");
    SoftHsm.makeKey(token, "RSA:1024", "short");
    SoftHsm.makeKey(token, "RSA:2048", "long");
    try (Pkcs11Tokens tokens = open(token)) {
      assertThatThrownBy(() -> tokens.find("t", "half", Optional.empty()))
          .hasMessageContaining("private key 'half' without its public object")
          .hasMessageContaining("--type pubkey --label half");
      assertThatThrownBy(() -> tokens.find("t", "none", Optional.empty()))
          .hasMessageContaining("no fitting key 'none'");
      assertThat(tokens.notes("t"))
          .hasSize(2)
          .anySatisfy(note -> assertThat(note).contains("'short' (rsasha256)", "1024 bits"))
          .anySatisfy(note -> assertThat(note).contains("'half' without its public object"));
    }
  }

  @Test
  void aWrongPinIsTriedOnceInItsLife() throws Exception {
    TokenSettings token = SoftHsm.token("t", "999999");
    for (int restart = 0; restart < 10; restart++) {
      try (Pkcs11Tokens tokens = open(token)) {
        assertThatThrownBy(() -> tokens.keys("t"))
            .isInstanceOfSatisfying(
                TokenException.class,
                e -> assertThat(e.reason()).isEqualTo(TokenException.Reason.PIN))
            .hasMessageContaining("wrong")
            .hasMessageNotContaining("999999");
      }
    }
    assertThat(events).hasSize(1);
    assertThat(verdicts.values()).containsExactly(PinMemory.Verdict.WRONG);
  }

  /** The database goes away between the login and what is written down of it. */
  @Test
  void aWrongPinWhoseRefusalCouldNotBeRememberedIsNotTriedAgain() throws Exception {
    refusalsAreLost = true;
    try (Pkcs11Tokens tokens = open(SoftHsm.token("t", "999999"))) {
      assertThatThrownBy(() -> tokens.keys("t")).hasMessageContaining("connection reset");
      refusalsAreLost = false;
      assertThatThrownBy(() -> tokens.keys("t")).hasMessageContaining("is wrong");
      assertThat(events).as("of a second login").isEmpty();
    }
  }

  @Test
  void aWrongPinIsNotTriedAgainAfterTheSealKeyIsChanged() throws Exception {
    TokenSettings token = SoftHsm.token("t", "999999");
    byte[] next = new byte[32];
    next[0] = 1;
    for (Seal each :
        List.of(
            seal,
            new Seal(Secret.of(next), Optional.of(Secret.of(new byte[32]))),
            new Seal(Secret.of(next)))) {
      seal = each;
      try (Pkcs11Tokens tokens = open(token)) {
        assertThatThrownBy(() -> tokens.keys("t")).hasMessageContaining("wrong");
      }
    }
    assertThat(events).hasSize(1);
  }

  @Test
  void manyCallersWaitForTheOnePermit() throws Exception {
    TokenSettings token = SoftHsm.token("t", SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", "shared");
    try (Pkcs11Tokens tokens = open(token)) {
      TokenKey key = tokens.find("t", "shared", Optional.empty());
      var pool = Executors.newFixedThreadPool(4);
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        calls.add(pool.submit(() -> signsAndVerifies(tokens, key)));
      }
      for (Future<?> call : calls) {
        call.get();
      }
      pool.shutdown();
    }
  }

  @Test
  void namesTheTokensThatItSees() throws Exception {
    TokenSettings token = SoftHsm.token("t", SoftHsm.PIN);
    TokenSettings other =
        new TokenSettings(
            "t",
            token.module(),
            Optional.empty(),
            Optional.of("no such"),
            token.pin(),
            token.permitDeadline(),
            token.hangTimeout());
    try (Pkcs11Tokens tokens = open(other)) {
      assertThat(tokens.state("t").fault().orElseThrow())
          .contains("label 'no such'", token.label().orElseThrow());
      assertThatThrownBy(() -> tokens.keys("x")).hasMessageContaining("no token 'x'");
    }
  }
}
