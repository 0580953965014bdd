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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.keyward.background.BackgroundThreads;
import org.keyward.dnssec.NameText;
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

  /** Its threads end when there is nothing to verify. */
  private static final Executor VERIFYING = verifying();

  private final Tokens tokens;
  private final SignatureTally tally;
  private final Map<TokenKey, Long> aside = new ConcurrentHashMap<>();

  SliceSigner(Tokens tokens, SignatureTally tally) {
    this.tokens = tokens;
    this.tally = tally;
  }

  private static Executor verifying() {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            BackgroundThreads.named("signer-verify"));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /**
   * Holds the permit only while the token signs: each signature is verified while the token makes
   * the next, and all are stored while another thread has it sign the next slice.
   *
   * @param place given up as soon as this slice is being signed
   */
  List<SigningStore.Done> sign(
      String token, List<SigningStore.Work> work, SlicePipeline.Place place, TokenReport report) {
    if (work.isEmpty()) {
      return List.of();
    }
    List<Piece> pieces = pieces(work);
    List<SigningStore.Done> done = new ArrayList<>(work.size());
    for (Signed signed : place.sign(() -> signSlice(token, pieces, report))) {
      verified(token, signed).ifPresent(done::add);
    }
    return done;
  }

  private static List<Piece> pieces(List<SigningStore.Work> work) {
    Map<TokenKey, PublicKey> publicKeys = new HashMap<>();
    return work.stream()
        .map(
            piece ->
                new Piece(
                    piece,
                    RrsetSigner.prepare(piece.rrset(), piece.ksk(), piece.window()),
                    publicKeys.computeIfAbsent(
                        piece.key(),
                        key -> PublicKeys.fromDnskey(key.publicKey(), key.algorithm()))))
        .toList();
  }

  /**
   * A piece of work with the bytes to be signed: the token does not wait for them.
   *
   * @param publicKey the one that the signature has to fit
   */
  private record Piece(SigningStore.Work work, RrsetSigner.Prepared prepared, PublicKey publicKey) {
    Signed sign(UnaryOperator<byte[]> sign) {
      byte[] signature = sign.apply(prepared.data());
      return new Signed(
          this,
          signature,
          CompletableFuture.supplyAsync(() -> prepared.fits(signature, publicKey), VERIFYING));
    }
  }

  /**
   * What the token made of a piece.
   *
   * @param fits verified while the token makes the next one
   */
  private record Signed(Piece piece, byte[] signature, CompletableFuture<Boolean> fits) {
    SigningStore.Done done() {
      return new SigningStore.Done(piece.work(), piece.prepared().with(signature));
    }
  }

  private Optional<SigningStore.Done> verified(String token, Signed signed) {
    SigningStore.Work work = signed.piece().work();
    try {
      if (aside.containsKey(work.key())) {
        return Optional.empty();
      }
      Signed fitting = signed.fits().join() ? signed : signAnew(token, signed.piece());
      tally.add(work.key(), true);
      return Optional.of(fitting.done());
    } catch (TokenException e) {
      failed(work, e);
      return Optional.empty();
    }
  }

  /** The key's old handle may stand for another key now. */
  private Signed signAnew(String token, Piece piece) {
    TokenKey key = piece.work().key();
    Signed signed = tokens.withPermit(token, signer -> piece.sign(data -> signer.sign(key, data)));
    if (!signed.fits().join()) {
      throw new TokenException(
          TokenException.Reason.FAILED,
          key
              + " made a signature that does not fit its public key; it is not used. Check the"
              + " key with 'keyward token keys'");
    }
    return signed;
  }

  /**
   * Stops at a fault, but keeps what is signed by then: signatures are precious, and the next slice
   * meets the fault again.
   */
  private List<Signed> signSlice(String token, List<Piece> slice, TokenReport report) {
    List<Signed> done = new ArrayList<>(slice.size());
    Iterator<Piece> left = slice.iterator();
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
      KeySigner signer, Iterator<Piece> left, List<Signed> done, TokenReport report) {
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
  private Optional<Signed> signNext(KeySigner signer, Piece piece) {
    SigningStore.Work work = piece.work();
    if (aside.containsKey(work.key())) {
      return Optional.empty();
    }
    try {
      return Optional.of(piece.sign(data -> signer.signUnverified(work.key(), data)));
    } catch (TokenException e) {
      failed(work, e);
      if (isOfOneKey(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void failed(SigningStore.Work work, TokenException e) {
    tally.add(work.key(), false);
    if (isOfOneKey(e)) {
      log.error("zone {}: {}", NameText.of(work.zone()), e.getMessage());
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
