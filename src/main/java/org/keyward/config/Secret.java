package org.keyward.config;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A PIN, password or key that never shows itself: {@link #toString} is masked and there is no way
 * to serialise it by accident. Immutable and thread-safe.
 */
public final class Secret {
  private final byte[] value;

  private Secret(byte[] value) {
    this.value = value;
  }

  public static Secret of(byte[] value) {
    return new Secret(value.clone());
  }

  public static Secret of(String value) {
    return new Secret(value.getBytes(StandardCharsets.UTF_8));
  }

  /** A copy; the caller wipes it after use. */
  public byte[] bytes() {
    return value.clone();
  }

  /** The value as UTF-8 text, as a copy that the caller wipes; throws when it is not UTF-8. */
  public char[] chars() {
    try {
      CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value));
      char[] copy = new char[chars.remaining()];
      chars.get(copy);
      return copy;
    } catch (CharacterCodingException e) {
      throw new IllegalStateException("a secret is not valid UTF-8 text");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret
        && java.security.MessageDigest.isEqual(value, secret.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return "****";
  }
}
