package org.keyward.signing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.keyward.config.Secret;

/**
 * Port to the memory of PINs that were refused, which outlives restarts. Keyed by an HMAC of serial
 * and PIN under a key from the seal key, so that a changed PIN is a new one and none can be
 * guessed.
 */
public interface PinMemory {
  /** What is known of a PIN. */
  enum Verdict {
    UNKNOWN,
    /** A login was begun and its end is not known: the process ended in between. */
    TRYING,
    RIGHT,
    WRONG
  }

  /** By what a PIN of a token is known, without being told. */
  static byte[] mac(Seal seal, String serial, Secret pin) {
    byte[] name = (serial + "\0").getBytes(StandardCharsets.UTF_8);
    byte[] bytes = pin.bytes();
    byte[] data = Arrays.copyOf(name, name.length + bytes.length);
    System.arraycopy(bytes, 0, data, name.length, bytes.length);
    byte[] mac = seal.mac(data);
    Arrays.fill(bytes, (byte) 0);
    Arrays.fill(data, (byte) 0);
    return mac;
  }

  Verdict verdict(String serial, byte[] pinMac);

  /** Stored durably when this returns. */
  void remember(String serial, byte[] pinMac, Verdict verdict);
}
