package org.keyward.signing;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.xbill.DNS.Name;

/**
 * One token named {@code t} with software keys, as slow as a USB one and as easily unplugged;
 * counts what it signs.
 */
public final class SoftwareTokens implements Tokens {
  public static final String SERIAL = "SOFT1";
  private final Map<String, SoftwareKey> keys = new ConcurrentHashMap<>();
  private final Set<String> broken = ConcurrentHashMap.newKeySet();
  private final ReentrantLock permit = new ReentrantLock(true);
  private final AtomicInteger signed = new AtomicInteger();
  private final Algorithm algorithm;
  private final long nanosPerSignature;
  private volatile int unpluggedAt = Integer.MAX_VALUE;
  private volatile boolean wrong;
  private volatile boolean locked;
  private volatile Runnable afterEach = () -> {};

  public SoftwareTokens(double perSecond, String... labels) {
    this(Algorithm.ECDSAP256SHA256, perSecond, labels);
  }

  public SoftwareTokens(Algorithm algorithm, double perSecond, String... labels) {
    this.algorithm = algorithm;
    this.nanosPerSignature = (long) (1e9 / perSecond);
    for (String label : labels) {
      keys.put(label, SoftwareKeys.generate(Name.root, algorithm, SoftwareKeys.KSK_FLAGS));
    }
  }

  /** Unplugged as soon as it has made this many signatures. */
  public void unplugAt(int signatures) {
    unpluggedAt = signatures;
  }

  /** Its PIN is locked, or is not any more. */
  public void lockPin(boolean lock) {
    locked = lock;
  }

  /** After each signature from now on: on a clock that a test moves, the time that it took. */
  public void afterEach(Runnable what) {
    afterEach = what;
  }

  public void plugIn() {
    unpluggedAt = Integer.MAX_VALUE;
  }

  /** From now on signatures do not fit the public key. */
  public void signWrongly(boolean wrongly) {
    wrong = wrongly;
  }

  /** The key is gone from the token. */
  public void remove(String label) {
    broken.add(label);
  }

  public int signed() {
    return signed.get();
  }

  private boolean unplugged() {
    return signed.get() >= unpluggedAt;
  }

  @Override
  public List<String> names() {
    return List.of("t");
  }

  @Override
  public TokenState state(String token) {
    return new TokenState(
        "t",
        Path.of("software"),
        Optional.of(SERIAL),
        Optional.of("software"),
        Optional.empty(),
        locked ? TokenState.PinState.LOCKED : TokenState.PinState.OK,
        unplugged()
            ? Optional.of("token t is not plugged in")
            : locked ? Optional.of("token t has a locked PIN") : Optional.empty(),
        List.of());
  }

  @Override
  public List<TokenKey> keys(String token) {
    return keys.entrySet().stream().map(key -> key(key.getKey(), key.getValue())).toList();
  }

  private TokenKey key(String label, SoftwareKey key) {
    return new TokenKey("t", SERIAL, label, "", algorithm, key.dnskey().getKey());
  }

  @Override
  public TokenKey find(String token, String label, Optional<Algorithm> algorithm) {
    check();
    return keys(token).stream()
        .filter(key -> key.label().equals(label))
        .findFirst()
        .orElseThrow(
            () -> new TokenException(TokenException.Reason.KEY, "token t has no key " + label));
  }

  @Override
  public TokenKey generate(String token, String label, Algorithm algorithm) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> T withPermit(String token, PermitWork<T> work) {
    permit.lock();
    try {
      check();
      return work.run(this::sign);
    } finally {
      permit.unlock();
    }
  }

  private byte[] sign(TokenKey key, byte[] data) {
    check();
    if (!permit.isHeldByCurrentThread()) {
      throw new AssertionError("signing without the permit");
    }
    if (broken.contains(key.label())) {
      throw new TokenException(TokenException.Reason.KEY, key + " is not there any more");
    }
    long start = System.nanoTime();
    byte[] signature = SoftwareKeys.sign(keys.get(key.label()).privateKey(), key.algorithm(), data);
    sleepUntil(start + nanosPerSignature);
    signed.incrementAndGet();
    afterEach.run();
    if (wrong) {
      signature[5] ^= 1;
    }
    return signature;
  }

  private static void sleepUntil(long end) {
    try {
      long left = end - System.nanoTime();
      if (left > 0) {
        Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TokenException(TokenException.Reason.UNAVAILABLE, "interrupted", e);
    }
  }

  private void check() {
    if (unplugged()) {
      throw new TokenException(TokenException.Reason.UNAVAILABLE, "token t is not plugged in");
    }
  }

  @Override
  public void close() {}
}
