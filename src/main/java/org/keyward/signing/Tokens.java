package org.keyward.signing;

import java.util.List;
import java.util.Optional;
import org.keyward.dnssec.Algorithm;

/**
 * Port to the PKCS#11 tokens of the configuration. Every call that reaches a token waits for its
 * single permit and for the lock that all processes share, and throws {@link TokenException} when
 * it cannot be done. Thread-safe; never called while answering a DNS query.
 */
public interface Tokens extends AutoCloseable {
  /** Names in the order of the configuration. */
  List<String> names();

  /** What the token says of itself, without logging in. Never throws for an absent token. */
  TokenState state(String token);

  /** How the permit that guards it was used by this process. */
  default PermitUsage usage(String token) {
    return PermitUsage.NONE;
  }

  /** All key pairs of the token that DNSSEC can use. */
  List<TokenKey> keys(String token);

  /** What people should know of keys on it: private keys of which half is missing, weak ones. */
  default List<String> notes(String token) {
    return List.of();
  }

  /**
   * The key with this label. Looks again with the module started anew when it is not seen at first,
   * since OpenSC does not see keys that another process made.
   *
   * @param algorithm for RSA keys and for telling apart keys of the same label; else derived
   * @throws TokenException naming the labels that are there when this one is not, or when more than
   *     one key fits
   */
  TokenKey find(String token, String label, Optional<Algorithm> algorithm);

  /** Makes a key pair, on the token, that never leaves it. Refuses a label that is taken. */
  TokenKey generate(String token, String label, Algorithm algorithm);

  /**
   * Runs {@code work} while holding the permit, so that a batch takes it once. Everything inside
   * must be short: others wait.
   */
  <T> T withPermit(String token, PermitWork<T> work);

  @Override
  void close();

  /** What is done while holding the permit. */
  @FunctionalInterface
  interface PermitWork<T> {
    T run(KeySigner signer);
  }
}
