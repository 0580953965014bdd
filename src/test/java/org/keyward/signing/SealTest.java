package org.keyward.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.keyward.config.Secret;

class SealTest {
  private static final byte[] KEY = {1, 2, 3};
  private final Seal seal = new Seal(Secret.of(new byte[32]));

  @Test
  void opensWhatItSealed() {
    byte[] sealed = seal.seal(KEY, "a");
    assertThat(sealed).isNotEqualTo(seal.seal(KEY, "a"));
    assertThat(seal.open(sealed, "a")).isEqualTo(KEY);
  }

  @Test
  void opensNothingElse() {
    byte[] sealed = seal.seal(KEY, "a");
    byte[] otherMaster = new byte[32];
    otherMaster[0] = 1;
    Seal other = new Seal(Secret.of(otherMaster));
    assertThatThrownBy(() -> other.open(sealed, "a")).hasMessageContaining("another seal key");
    assertThatThrownBy(() -> seal.open(sealed, "b")).hasMessageContaining("not as 'b'");
    sealed[sealed.length - 1] ^= 1;
    assertThatThrownBy(() -> seal.open(sealed, "a")).hasMessageContaining("damaged");
    assertThatThrownBy(() -> seal.open(new byte[11], "a")).hasMessageContaining("too short");
    assertThatThrownBy(() -> seal.open(null, "a")).hasMessageContaining("too short");
  }

  @Test
  void macsDependOnTheSealKey() {
    byte[] otherMaster = new byte[32];
    otherMaster[31] = 1;
    assertThat(seal.mac(KEY)).isEqualTo(seal.mac(KEY)).hasSize(32);
    assertThat(seal.mac(KEY)).isNotEqualTo(new Seal(Secret.of(otherMaster)).mac(KEY));
  }
}
