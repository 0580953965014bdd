package org.keyward.signing;

import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.keyward.dnssec.PublicKeys;
import org.keyward.dnssec.RrsetSigner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a token sign a slice of its work, and verifies what it made. The work of a key that cannot
 * sign is set aside for a while. Thread-safe.
 */
final class SliceSigner {
  private static final Logger log = LoggerFactory.getLogger(SliceSigner.class);

  /**
   * How long the token signs for what is stored together, since storing costs the same for each.
   */
  static final Duration SLICE = Duration.ofSeconds(2);

  /** How long the permit is held at a time, so that others get it. */
  private static final Duration HOLD = Duration.ofMillis(200);

  /** How long the work of a key is left alone that could not sign. */
  private static final Duration ASIDE = Duration.ofSeconds(30);

  private final Tokens tokens;
  private final SignatureTally tally;
  private final Map<TokenKey, Long> aside = new ConcurrentHashMap<>();

  SliceSigner(Tokens tokens, SignatureTally tally) {
    this.tokens = tokens;
    this.tally = tally;
  }

  /**
   * Holds the permit only while the token signs: what it made is verified, and stored, while
   * another thread has it sign the next slice.
   *
   * @param place given up as soon as this slice is being signed
   */
  List<SigningStore.Done> sign(
      String token, List<SigningStore.Work> work, SlicePipeline.Place place, TokenReport report) {
    if (work.isEmpty()) {
      return List.of();
    }
    List<SigningStore.Done> done = new ArrayList<>(work.size());
    Map<TokenKey, PublicKey> publicKeys = new HashMap<>();
    for (SigningStore.Done unverified : place.sign(() -> signSlice(token, work, report))) {
      PublicKey publicKey =
          publicKeys.computeIfAbsent(
              unverified.work().key(),
              key -> PublicKeys.fromDnskey(key.publicKey(), key.algorithm()));
      verified(token, unverified, publicKey).ifPresent(done::add);
    }
    return done;
  }

  private Optional<SigningStore.Done> verified(
      String token, SigningStore.Done done, PublicKey publicKey) {
    SigningStore.Work work = done.work();
    try {
      if (aside.containsKey(work.key())) {
        return Optional.empty();
      }
      SigningStore.Done fitting = fits(done, publicKey) ? done : signAnew(token, work, publicKey);
      tally.add(work.key(), true);
      return Optional.of(fitting);
    } catch (TokenException e) {
      failed(work, e);
      return Optional.empty();
    }
  }

  private static boolean fits(SigningStore.Done done, PublicKey publicKey) {
    return RrsetSigner.verifies(
        done.work().rrset(), done.signature(), done.work().ksk(), publicKey);
  }

  /** The key's old handle may stand for another key now. */
  private SigningStore.Done signAnew(String token, SigningStore.Work work, PublicKey publicKey) {
    SigningStore.Done done =
        tokens.withPermit(token, signer -> sign(work, data -> signer.sign(work.key(), data)));
    if (!fits(done, publicKey)) {
      throw new TokenException(
          TokenException.Reason.FAILED,
          work.key()
              + " made a signature that does not fit its public key; it is not used. Check the"
              + " key with 'keyward token keys'");
    }
    return done;
  }

  /**
   * Stops at a fault, but keeps what is signed by then: signatures are precious, and the next slice
   * meets the fault again.
   */
  private List<SigningStore.Done> signSlice(
      String token, List<SigningStore.Work> slice, TokenReport report) {
    List<SigningStore.Done> done = new ArrayList<>(slice.size());
    Iterator<SigningStore.Work> left = slice.iterator();
    long end = System.nanoTime() + SLICE.toNanos();
    try {
      while (left.hasNext() && System.nanoTime() < end) {
        tokens.withPermit(
            token,
            signer -> {
              signWhileHeld(signer, left, done, report);
              return done;
            });
      }
    } catch (TokenException e) {
      if (done.isEmpty()) {
        throw e;
      }
      log.warn("token {}: {}", token, e.getMessage());
    }
    return done;
  }

  private void signWhileHeld(
      KeySigner signer,
      Iterator<SigningStore.Work> left,
      List<SigningStore.Done> done,
      TokenReport report) {
    long start = System.nanoTime();
    int before = done.size();
    try {
      do {
        signNext(signer, left.next()).ifPresent(done::add);
      } while (left.hasNext() && System.nanoTime() - start < HOLD.toNanos());
    } finally {
      report.measured(done.size() - before, start, System.nanoTime());
    }
  }

  /** Nothing where the key cannot sign, which is no reason for the others to wait. */
  private Optional<SigningStore.Done> signNext(KeySigner signer, SigningStore.Work work) {
    if (aside.containsKey(work.key())) {
      return Optional.empty();
    }
    try {
      return Optional.of(sign(work, data -> signer.signUnverified(work.key(), data)));
    } catch (TokenException e) {
      failed(work, e);
      if (isOfOneKey(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static SigningStore.Done sign(SigningStore.Work work, UnaryOperator<byte[]> sign) {
    return new SigningStore.Done(
        work, RrsetSigner.sign(work.rrset(), work.ksk(), work.window(), sign));
  }

  private void failed(SigningStore.Work work, TokenException e) {
    tally.add(work.key(), false);
    if (isOfOneKey(e)) {
      log.error("zone {}: {}", work.zone(), e.getMessage());
      aside.put(work.key(), System.nanoTime() + ASIDE.toNanos());
    }
  }

  /** Other keys of the token are not to wait for this one. */
  private static boolean isOfOneKey(TokenException e) {
    return e.reason() == TokenException.Reason.KEY || e.reason() == TokenException.Reason.FAILED;
  }

  /** Keys that could not sign a moment ago. */
  Set<TokenKey> setAside() {
    long now = System.nanoTime();
    aside.values().removeIf(until -> now - until > 0);
    return Set.copyOf(aside.keySet());
  }
}
