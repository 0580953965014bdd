package org.keyward.token;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.keyward.audit.AuditEvent;
import org.keyward.audit.AuditLog;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.signing.KeySigner;
import org.keyward.signing.PermitUsage;
import org.keyward.signing.PinMemory;
import org.keyward.signing.Seal;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenLock;
import org.keyward.signing.TokenState;
import org.keyward.signing.Tokens;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tokens of the configuration. The permit is the module's, since a restart is the module's. */
public final class Pkcs11Tokens implements Tokens {
  private static final Logger log = LoggerFactory.getLogger(Pkcs11Tokens.class);

  private final Map<String, GuardedToken> tokens = new LinkedHashMap<>();
  private final AuditLog audit;
  private final String actor;
  private final Clock clock;
  private final TokenWatchdog watchdog;

  /**
   * @param actor who is written into the audit log
   * @param onHang told, in one line, of a call that has not come back within the token's hang
   *     timeout: it cannot be interrupted, so the process has to end
   */
  public Pkcs11Tokens(
      List<TokenSettings> settings,
      TokenLock lock,
      PinMemory memory,
      Seal seal,
      AuditLog audit,
      String actor,
      Clock clock,
      Consumer<String> onHang) {
    this.audit = audit;
    this.actor = actor;
    this.clock = clock;
    List<TokenWatchdog.Watched> watched = new ArrayList<>();
    Map<Path, List<TokenSettings>> byModule =
        settings.stream()
            .collect(Collectors.groupingBy(token -> Pkcs11Module.real(token.module())));
    Map<TokenSettings, GuardedToken> guarded = new LinkedHashMap<>();
    byModule.forEach(
        (path, users) -> {
          Pkcs11Module module = new Pkcs11Module(users.get(0).module());
          TokenPermit permit = new TokenPermit();
          watched.add(new TokenWatchdog.Watched(permit, module.calls(), hangTimeout(users)));
          for (TokenSettings token : users) {
            PinGuard guard = new PinGuard(token, memory, seal, audit, actor, clock);
            guard.warnings().forEach(warning -> log.warn("{}", warning));
            guarded.put(
                token, new GuardedToken(token, module, permit, lock, guard, audit, actor, clock));
          }
        });
    settings.forEach(token -> tokens.put(token.name(), guarded.get(token)));
    this.watchdog = new TokenWatchdog(watched, onHang);
    watchdog.start();
  }

  private static Duration hangTimeout(List<TokenSettings> users) {
    return users.stream().map(TokenSettings::hangTimeout).max(Duration::compareTo).orElseThrow();
  }

  private GuardedToken token(String name) {
    GuardedToken token = tokens.get(name);
    if (token == null) {
      throw new TokenException(
          TokenException.Reason.UNKNOWN_TOKEN,
          "there is no token '"
              + name
              + "' in the configuration; it has "
              + (tokens.isEmpty() ? "none" : String.join(", ", tokens.keySet())));
    }
    return token;
  }

  @Override
  public List<String> names() {
    return List.copyOf(tokens.keySet());
  }

  @Override
  public TokenState state(String token) {
    return token(token).state();
  }

  @Override
  public PermitUsage usage(String token) {
    return token(token).usage();
  }

  @Override
  public List<TokenKey> keys(String token) {
    return token(token).use((t, recovery, held) -> recovery.run(t::keys));
  }

  @Override
  public TokenKey find(String token, String label, Optional<Algorithm> algorithm) {
    return token(token).use((t, recovery, held) -> find(t, recovery, token, label, algorithm));
  }

  private static TokenKey find(
      Pkcs11Token t,
      TokenRecovery recovery,
      String token,
      String label,
      Optional<Algorithm> algorithm) {
    List<TokenKey> keys = recovery.run(t::keys);
    if (keys.stream().noneMatch(key -> key.label().equals(label))) {
      recovery.lookAnew();
      keys = recovery.run(t::keys);
    }
    List<TokenKey> fitting =
        keys.stream()
            .filter(key -> key.label().equals(label))
            .filter(key -> algorithm.isEmpty() || fits(key, algorithm.get()))
            .toList();
    if (fitting.size() != 1) {
      throw notOne(
          token, label, keys, fitting, recovery.run(t::withoutPublicObject).contains(label));
    }
    return as(fitting.get(0), algorithm);
  }

  private static boolean fits(TokenKey key, Algorithm algorithm) {
    return key.algorithm() == algorithm || (key.algorithm().isRsa() && algorithm.isRsa());
  }

  private static TokenKey as(TokenKey key, Optional<Algorithm> algorithm) {
    return new TokenKey(
        key.token(),
        key.serial(),
        key.label(),
        key.ckaId(),
        algorithm.orElse(key.algorithm()),
        key.publicKey());
  }

  private static TokenException notOne(
      String token, String label, List<TokenKey> keys, List<TokenKey> fitting, boolean half) {
    if (fitting.isEmpty() && half) {
      return new TokenException(TokenException.Reason.KEY, alone(token, label));
    }
    String seen =
        keys.stream()
            .map(key -> "'" + key.label() + "' (" + key.algorithm().mnemonic() + ")")
            .distinct()
            .collect(Collectors.joining(", "));
    String why =
        fitting.isEmpty()
            ? " has no fitting key '" + label + "'; it has " + (seen.isEmpty() ? "none" : seen)
            : " has " + fitting.size() + " keys '" + label + "'; give each its own label";
    return new TokenException(TokenException.Reason.KEY, "token " + token + why);
  }

  private static String alone(String token, String label) {
    return "token "
        + token
        + " has a private key '"
        + label
        + "' without its public object, which says what key it is; write that to the token with"
        + " 'pkcs11-tool --login --write-object FILE --type pubkey --label "
        + label
        + "', or make a new pair with 'keyward key generate'";
  }

  @Override
  public List<String> notes(String token) {
    return token(token)
        .use(
            (t, recovery, held) -> {
              List<String> notes = new ArrayList<>();
              recovery.run(t::keys).stream()
                  .filter(TokenKey::isWeak)
                  .forEach(key -> notes.add(key + " has " + key.bits() + " bits: too few"));
              recovery.run(t::withoutPublicObject).forEach(label -> notes.add(alone(token, label)));
              return notes;
            });
  }

  @Override
  public TokenKey generate(String token, String label, Algorithm algorithm) {
    return token(token)
        .use(
            (t, recovery, held) -> {
              refuseTaken(t, recovery, token, label);
              makeOnce(t, token, label, algorithm);
              TokenKey key = find(t, recovery, token, label, Optional.of(algorithm));
              record(
                  AuditEvent.Result.DONE,
                  Optional.of(key.serial()),
                  label,
                  Optional.of(key.ckaId()),
                  algorithm.mnemonic() + " on token " + token);
              return key;
            });
  }

  private static void refuseTaken(
      Pkcs11Token t, TokenRecovery recovery, String token, String label) {
    boolean taken = recovery.run(() -> t.isTaken(label));
    if (!taken) {
      recovery.lookAnew();
      taken = recovery.run(() -> t.isTaken(label));
    }
    if (taken) {
      throw new TokenException(
          TokenException.Reason.KEY,
          "token " + token + " has a key '" + label + "' already; take another label");
    }
  }

  /** Not with the usual cures: a card may keep the key and yet say that it failed. */
  private void makeOnce(Pkcs11Token t, String token, String label, Algorithm algorithm) {
    try {
      t.generate(label, algorithm);
    } catch (CryptokiException e) {
      t.forget();
      record(AuditEvent.Result.FAILED, t.serial(), label, Optional.empty(), e.getMessage());
      throw new TokenException(
          TokenException.Reason.FAILED,
          "token "
              + token
              + " could not make key '"
              + label
              + "': "
              + e.getMessage()
              + "; it may be on the token all the same: see 'keyward token keys "
              + token
              + "' before you try again",
          e);
    }
  }

  private void record(
      AuditEvent.Result result,
      Optional<String> serial,
      String label,
      Optional<String> ckaId,
      String detail) {
    audit.append(
        new AuditEvent(
            clock.instant(),
            actor,
            AuditEvent.Action.KEY_GENERATED,
            result,
            Optional.empty(),
            serial,
            Optional.of(label),
            ckaId,
            Optional.empty(),
            detail));
  }

  @Override
  public <T> T withPermit(String token, PermitWork<T> work) {
    return token(token)
        .use(
            (t, recovery, held) -> {
              HeldSigner signer = new HeldSigner(token, t, recovery, held);
              try {
                return work.run(signer);
              } finally {
                signer.ended = true;
              }
            });
  }

  /** Signs as long as the permit is held. */
  private static final class HeldSigner implements KeySigner {
    /** Asking the database costs a fast token more than a signature does. */
    private static final Duration LOCK_TRUSTED = Duration.ofMillis(20);

    private final String token;
    private final Pkcs11Token pkcs11;
    private final TokenRecovery recovery;
    private final TokenLock.Held held;
    private volatile boolean ended;
    private long validUntil;

    HeldSigner(String token, Pkcs11Token pkcs11, TokenRecovery recovery, TokenLock.Held held) {
      this.token = token;
      this.pkcs11 = pkcs11;
      this.recovery = recovery;
      this.held = held;
      this.validUntil = System.nanoTime() + LOCK_TRUSTED.toNanos(); // it was taken just now
    }

    @Override
    public byte[] sign(TokenKey key, byte[] data) {
      return use(() -> pkcs11.sign(key, data));
    }

    @Override
    public byte[] signUnverified(TokenKey key, byte[] data) {
      return use(() -> pkcs11.signUnverified(key, data));
    }

    private byte[] use(TokenRecovery.Call<byte[]> call) {
      if (ended) {
        throw new IllegalStateException("the permit of token " + token + " was given back");
      }
      long now = System.nanoTime();
      if (now - validUntil > 0) {
        requireLock();
        validUntil = now + LOCK_TRUSTED.toNanos();
      }
      return recovery.run(call);
    }

    private void requireLock() {
      if (!held.valid()) {
        throw new TokenException(
            TokenException.Reason.UNAVAILABLE,
            "the lock of token " + token + " was lost with the database connection");
      }
    }
  }

  @Override
  public void close() {
    watchdog.close();
    for (GuardedToken token : tokens.values()) {
      try {
        token.close();
      } catch (TokenException e) {
        log.warn("Token {}: not closed: {}", token.name(), e.getMessage());
      }
    }
  }
}
