package org.keyward.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.audit.AuditEvent;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.signing.PinMemory;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenException.Reason;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenState;

/** What goes wrong with small USB tokens, and what cures it. */
@Timeout(60)
class TokenFaultsTest {
  private static final byte[] DATA = "to be signed".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;
  private TestToken token;
  private FilePorts ports;

  @BeforeEach
  void makeToken() {
    token = TestToken.in(folder);
    ports = new FilePorts(folder);
  }

  private TokenKey key(Pkcs11Tokens tokens) {
    token.makeKey("EC:prime256v1", "ksk");
    return tokens.find("t", "ksk", Optional.empty());
  }

  private static byte[] sign(Pkcs11Tokens tokens, TokenKey key) {
    return tokens.withPermit("t", signer -> signer.sign(key, DATA));
  }

  private static Reason reasonOf(Runnable call) {
    try {
      call.run();
      throw new AssertionError("nothing was thrown");
    } catch (TokenException e) {
      return e.reason();
    }
  }

  @ParameterizedTest(name = "code {0}")
  @ValueSource(longs = {0x5, 0x32, 0x82, 0x90, 0xb3, 0xe0, 0x101, 0x190})
  void aSingleFaultIsCuredUnseen(long code) {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      token.failNext(code, 1);
      assertThat(sign(tokens, key)).hasSize(64);
      assertThat(token.counters().signs()).isEqualTo(2);
    }
  }

  @Test
  void theModuleStartsAnewAfterAGeneralErrorAndTheAuditLogSaysSo() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      long starts = token.counters().starts();
      token.restartReader();
      assertThat(sign(tokens, key)).hasSize(64);
      assertThat(token.counters().starts()).isEqualTo(starts + 1);
      assertThat(ports.actions()).contains(AuditEvent.Action.MODULE_RESTARTED);
    }
  }

  @Test
  void aRefusalThatNothingCuresIsToldAsItIs() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      long starts = token.counters().starts();
      token.failNext(0x70, 1_000);
      assertThatThrownBy(() -> sign(tokens, key)).hasMessageContaining("MECHANISM_INVALID");
      assertThat(token.counters().starts()).isEqualTo(starts);
    }
  }

  @Test
  void aKeyThatTakesNoLoginIsAtFaultAndNotItsToken() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      long starts = token.counters().starts();
      token.failNext(0x101, 3); // as a key does that wants more than the user's login
      assertThat(reasonOf(() -> sign(tokens, key))).isEqualTo(Reason.FAILED);
      assertThat(token.counters().starts()).isEqualTo(starts);
      assertThat(tokens.state("t").fault()).isEmpty();
      assertThat(sign(tokens, key)).hasSize(64);
    }
  }

  @Test
  void aTokenUnpluggedInTheMiddleOfABatchGoesOnWhenItIsBack() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      TokenKey key = key(tokens);
      assertThatThrownBy(
              () ->
                  tokens.withPermit(
                      "t",
                      signer -> {
                        signer.sign(key, DATA);
                        token.unplug();
                        return signer.sign(key, DATA);
                      }))
          .isInstanceOf(TokenException.class)
          .hasMessageContaining("no token with serial " + token.serial());
      assertThat(tokens.state("t").fault()).isPresent();
      token.plugIn();
      assertThat(sign(tokens, key)).hasSize(64);
      assertThat(tokens.state("t").fault()).isEmpty();
    }
  }

  @Test
  void aTokenUnpluggedAndBackUnseenGoesOnAtOnce() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      token.unplug();
      assertThat(reasonOf(() -> sign(tokens, key))).isEqualTo(Reason.UNAVAILABLE);
      token.plugIn();
      token.restartReader();
      assertThat(sign(tokens, key)).hasSize(64);
    }
  }

  @Test
  void aWrongPinCostsOneLoginInTenRestarts() {
    token.pinTriesLeft(3);
    for (int restart = 0; restart < 10; restart++) {
      try (Pkcs11Tokens tokens = ports.open(token.settings("t", "999999"))) {
        assertThatThrownBy(() -> tokens.keys("t"))
            .hasMessageContaining("wrong")
            .hasMessageNotContaining("999999");
      }
    }
    assertThat(token.counters().logins()).isEqualTo(1);
    assertThat(token.pinTriesLeft()).isEqualTo(2);
  }

  @Test
  void theRightPinIsTakenAfterAWrongOne() {
    token.pinTriesLeft(3);
    try (Pkcs11Tokens tokens = ports.open(token.settings("t", "999999"))) {
      assertThat(reasonOf(() -> tokens.keys("t"))).isEqualTo(Reason.PIN);
    }
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      assertThat(tokens.keys("t")).isEmpty();
    }
    assertThat(token.pinTriesLeft()).isEqualTo(3);
  }

  @Test
  void aTokenWithAWrongPinCannotBeUsedAndSaysWhy() {
    token.pinTriesLeft(3);
    try (Pkcs11Tokens tokens = ports.open(token.settings("t", "999999"))) {
      assertThat(reasonOf(() -> tokens.keys("t"))).isEqualTo(Reason.PIN);
    }
    try (Pkcs11Tokens tokens = ports.open(token.settings("t", "999999"))) {
      assertThat(tokens.state("t").reachable()).isFalse();
      assertThat(tokens.state("t").fault().orElseThrow()).contains("is wrong and is not tried");
    }
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      assertThat(tokens.keys("t")).isEmpty();
      assertThat(tokens.state("t").reachable()).isTrue();
    }
  }

  @Test
  void aLoginThatIsDoneCountsWhateverOthersTry() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      assertThat(tokens.keys("t")).isEmpty();
      token.pinTriesLeft(1);
      assertThat(tokens.state("t").reachable()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void theLastTryIsNotUsed(int left) {
    token.pinTriesLeft(left);
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      assertThat(reasonOf(() -> tokens.keys("t"))).isEqualTo(Reason.PIN);
      assertThat(tokens.state("t").pin())
          .isEqualTo(left == 0 ? TokenState.PinState.LOCKED : TokenState.PinState.FINAL_TRY);
      assertThat(tokens.state("t").fault().orElseThrow())
          .contains(left == 0 ? "has a locked PIN" : "has one PIN try left");
    }
    assertThat(token.pinTriesLeft()).isEqualTo(left);
    assertThat(ports.events).isEmpty();
  }

  @Test
  void aLoginWhoseEndIsUnknownIsTriedAgainOnlyWhileTheTokenHasAllItsTries() {
    token.pinTriesLeft(3);
    try (Pkcs11Tokens tokens = ports.open(token.settings("t", "999999"))) {
      assertThat(reasonOf(() -> tokens.keys("t"))).isEqualTo(Reason.PIN);
    }
    ports.rememberOnly(PinMemory.Verdict.TRYING); // as if the process had ended in C_Login
    try (Pkcs11Tokens tokens = ports.open(token.settings("t", "999999"))) {
      assertThat(reasonOf(() -> tokens.keys("t"))).isEqualTo(Reason.PIN);
      assertThat(token.counters().logins()).isEqualTo(1);
      token.pinTriesLeft(3);
      assertThat(reasonOf(() -> tokens.keys("t"))).isEqualTo(Reason.PIN);
      assertThat(token.counters().logins()).isEqualTo(2);
    }
  }

  @Test
  void aPinChangedElsewhereCostsNoFurtherTry() {
    token.pinTriesLeft(3);
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      long logins = token.counters().logins();
      token.pinTriesLeft(2); // OpenSC tried its cached PIN
      token.failNext(0x101, 1);
      assertThat(reasonOf(() -> sign(tokens, key))).isEqualTo(Reason.PIN);
      assertThat(reasonOf(() -> sign(tokens, key))).isEqualTo(Reason.PIN);
      assertThat(token.counters().logins()).isEqualTo(logins);
    }
  }

  @Test
  void aHungCallIsReportedOnceAndOthersAreRefusedAtTheirDeadline() throws Exception {
    TokenSettings quick =
        token.settings("t", SoftHsm.PIN, Duration.ofMillis(200), Duration.ofMillis(600));
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try (Pkcs11Tokens tokens = ports.open(quick)) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      token.hang();
      Future<byte[]> hung = pool.submit(() -> sign(tokens, key));
      Thread.sleep(100); // it is first in the fair queue
      while (ports.hangs.isEmpty()) {
        assertThat(reasonOf(() -> sign(tokens, key))).isEqualTo(Reason.BUSY);
      }
      Thread.sleep(700);
      assertThat(ports.hangs).hasSize(1);
      assertThat(ports.hangs.get(0)).contains("token t", "C_Sign");
      token.endHang();
      assertThat(hung.get(10, TimeUnit.SECONDS)).hasSize(64);
    } finally {
      token.endHang();
      pool.shutdown();
    }
  }

  @Test
  void waitingForAnotherProcessIsNoHang() throws Exception {
    TokenSettings quick =
        token.settings("t", SoftHsm.PIN, Duration.ofMillis(1_500), Duration.ofMillis(300));
    FilePorts other = new FilePorts(folder);
    try (Pkcs11Tokens tokens = ports.open(quick)) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      try (var held = other.acquire(token.serial(), Duration.ZERO)) {
        assertThat(held.valid()).isTrue();
        assertThat(reasonOf(() -> sign(tokens, key))).isEqualTo(Reason.BUSY);
      }
      assertThat(ports.hangs).isEmpty();
    }
  }

  @Test
  void aWrongSignatureIsNeverReturned() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      TokenKey key = key(tokens);
      sign(tokens, key);
      token.flipNext(1);
      assertThat(sign(tokens, key)).hasSize(64); // the key was looked up again
      token.flipNext(1_000);
      assertThat(reasonOf(() -> sign(tokens, key))).isEqualTo(Reason.FAILED);
    }
  }

  @Test
  void aKeyGenerationThatFailsIsNotRepeated() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      tokens.keys("t");
      token.failNextGeneration(0x5, 10);
      assertThatThrownBy(() -> tokens.generate("t", "new", Algorithm.ECDSAP256SHA256))
          .hasMessageContaining("new");
      assertThat(token.counters().generated()).isEqualTo(1);
    }
  }

  @Test
  void twoKeyTypesMayHaveOneLabel() {
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      token.makeKey("RSA:2048", "both");
      token.makeKey("EC:prime256v1", "both");
      assertThat(reasonOf(() -> tokens.find("t", "both", Optional.empty()))).isEqualTo(Reason.KEY);
      for (Algorithm algorithm : List.of(Algorithm.RSASHA256, Algorithm.ECDSAP256SHA256)) {
        TokenKey key = tokens.find("t", "both", Optional.of(algorithm));
        assertThat(sign(tokens, key)).isNotEmpty();
      }
      assertThat(token.counters().starts()).isEqualTo(1 + 2); // pkcs11-tool's two
    }
  }

  @Test
  void twoProcessesAndTwoThreadsNeverUseTheTokenAtOnce() throws Exception {
    token.makeKey("EC:prime256v1", "ksk");
    token.delay(Duration.ofMillis(5));
    List<Process> processes = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (Pkcs11Tokens tokens = ports.open(token.settings("t"))) {
      for (int i = 0; i < 2; i++) {
        processes.add(TokenUser.start(token, "ksk", 60));
      }
      List<Future<?>> threads = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        threads.add(pool.submit(() -> TokenUser.sign(tokens, "ksk", 60)));
      }
      threads.add(
          pool.submit(
              () -> {
                for (int i = 0; i < 20; i++) {
                  tokens.state("t");
                }
              }));
      for (Future<?> thread : threads) {
        thread.get();
      }
      for (Process process : processes) {
        assertThat(process.waitFor()).isZero();
      }
    } finally {
      pool.shutdown();
      processes.forEach(Process::destroyForcibly);
    }
    assertThat(token.overlaps()).isEmpty();
    assertThat(token.counters().overlaps()).isZero();
    assertThat(token.counters().signs()).isEqualTo(240);
  }
}
