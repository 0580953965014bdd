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
import org.keyward.signing.PinMemory;
import org.keyward.signing.Seal;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenLock;
import org.keyward.signing.TokenState;
import org.keyward.signing.Tokens;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.security.pkcs11.wrapper.CK_TOKEN_INFO;
import sun.security.pkcs11.wrapper.PKCS11Exception;

/** The tokens of the configuration. The permit is the module's, since a restart is the module's. */
public final class Pkcs11Tokens implements Tokens {
  private static final Logger log = LoggerFactory.getLogger(Pkcs11Tokens.class);
  private static final Duration STATE_DEADLINE = Duration.ofSeconds(1);
  private static final Duration STATE_AGE = Duration.ofSeconds(3);

  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final TokenLock lock;
  private final AuditLog audit;
  private final String actor;
  private final Clock clock;
  private final Thread watchdog;

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
    this.lock = lock;
    this.audit = audit;
    this.actor = actor;
    this.clock = clock;
    Map<Path, Pkcs11Module> modules = new LinkedHashMap<>();
    Map<Path, TokenPermit> permits = new LinkedHashMap<>();
    for (TokenSettings token : settings) {
      PinGuard guard = new PinGuard(token, memory, seal, audit, actor, clock);
      Pkcs11Module module = modules.computeIfAbsent(token.module(), Pkcs11Module::new);
      entries.put(
          token.name(),
          new Entry(
              token,
              module,
              permits.computeIfAbsent(token.module(), path -> new TokenPermit()),
              guard,
              new Pkcs11Token(token, module, guard)));
      guard.warnings().forEach(warning -> log.warn("{}", warning));
    }
    this.watchdog = new Thread(() -> watch(onHang), "token-watchdog");
    watchdog.setDaemon(true);
    watchdog.start();
  }

  private static final class Entry {
    private final TokenSettings settings;
    private final Pkcs11Module module;
    private final TokenPermit permit;
    private final PinGuard guard;
    private final Pkcs11Token token;
    private volatile TokenState state;
    private volatile long stateAt;

    Entry(
        TokenSettings settings,
        Pkcs11Module module,
        TokenPermit permit,
        PinGuard guard,
        Pkcs11Token token) {
      this.settings = settings;
      this.module = module;
      this.permit = permit;
      this.guard = guard;
      this.token = token;
    }
  }

  private void watch(Consumer<String> onHang) {
    while (!Thread.currentThread().isInterrupted()) {
      for (Entry entry : entries.values()) {
        Duration held = entry.permit.heldFor();
        if (held.compareTo(entry.settings.hangTimeout()) > 0) {
          onHang.accept(
              "token "
                  + entry.settings.name()
                  + " has not answered for "
                  + held.toSeconds()
                  + " s; its module hangs and only the end of this process cures that");
        }
      }
      try {
        Thread.sleep(250);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Entry entry(String token) {
    Entry entry = entries.get(token);
    if (entry == null) {
      throw new TokenException(
          TokenException.Reason.UNKNOWN_TOKEN,
          "there is no token '"
              + token
              + "' in the configuration; it has "
              + (entries.isEmpty() ? "none" : String.join(", ", entries.keySet())));
    }
    return entry;
  }

  @Override
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  @Override
  public TokenState state(String token) {
    Entry entry = entry(token);
    TokenState known = entry.state;
    if (known != null
        && known.reachable()
        && System.nanoTime() - entry.stateAt < STATE_AGE.toNanos()) {
      return known;
    }
    TokenState state;
    try {
      entry.permit.acquire(token, STATE_DEADLINE);
      try {
        state = read(entry);
      } finally {
        entry.permit.release();
      }
    } catch (TokenException e) {
      state =
          known != null && e.reason() == TokenException.Reason.BUSY
              ? known
              : broken(entry, e.getMessage());
    }
    entry.state = state;
    entry.stateAt = System.nanoTime();
    return state;
  }

  private static TokenState read(Entry entry) {
    try {
      CK_TOKEN_INFO info = entry.token.info();
      String serial = Pkcs11Token.serial(info);
      return new TokenState(
          entry.settings.name(),
          entry.settings.module(),
          Optional.of(serial),
          Optional.of(Pkcs11Token.label(info)),
          Optional.of(Pkcs11Token.model(info)),
          entry.guard.state(serial, info.flags),
          Optional.empty(),
          entry.guard.warnings());
    } catch (PKCS11Exception e) {
      return broken(entry, "the module says " + e.getMessage());
    }
  }

  private static TokenState broken(Entry entry, String fault) {
    return new TokenState(
        entry.settings.name(),
        entry.settings.module(),
        Optional.ofNullable(entry.state).flatMap(TokenState::serial).or(entry.settings::serial),
        entry.settings.label(),
        Optional.empty(),
        TokenState.PinState.UNKNOWN,
        Optional.of(fault),
        entry.guard.warnings());
  }

  @Override
  public List<TokenKey> keys(String token) {
    Entry entry = entry(token);
    return use(entry, entry.token::keys);
  }

  @Override
  public TokenKey find(String token, String label, Optional<Algorithm> algorithm) {
    Entry entry = entry(token);
    List<TokenKey> keys = use(entry, entry.token::keys);
    if (keys.stream().noneMatch(key -> key.label().equals(label))) {
      // OpenSC does not see what another process made until its module starts anew.
      keys =
          use(
              entry,
              () -> {
                restart(entry, "key '" + label + "' was not seen");
                entry.token.open();
                return entry.token.keys();
              });
    }
    List<TokenKey> fitting =
        keys.stream()
            .filter(key -> key.label().equals(label))
            .filter(key -> algorithm.isEmpty() || fits(key, algorithm.get()))
            .toList();
    if (fitting.size() == 1) {
      return as(fitting.get(0), algorithm);
    }
    String seen =
        keys.stream()
            .map(key -> "'" + key.label() + "'")
            .distinct()
            .collect(Collectors.joining(", "));
    throw new TokenException(
        TokenException.Reason.KEY,
        fitting.isEmpty()
            ? "token "
                + token
                + " has no key '"
                + label
                + "'; it has "
                + (seen.isEmpty() ? "none" : seen)
            : "token "
                + token
                + " has "
                + fitting.size()
                + " keys '"
                + label
                + "'; give each its own label");
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

  @Override
  public TokenKey generate(String token, String label, Algorithm algorithm) {
    Entry entry = entry(token);
    use(
        entry,
        () -> {
          if (entry.token.keys().stream().anyMatch(key -> key.label().equals(label))) {
            throw new TokenException(
                TokenException.Reason.KEY,
                "token " + token + " has a key '" + label + "' already; take another label");
          }
          entry.token.generate(label, algorithm);
          return label;
        });
    TokenKey key = find(token, label, Optional.of(algorithm));
    audit.append(
        new AuditEvent(
            clock.instant(),
            actor,
            AuditEvent.Action.KEY_GENERATED,
            AuditEvent.Result.DONE,
            Optional.empty(),
            Optional.of(key.serial()),
            Optional.of(label),
            Optional.of(key.ckaId()),
            Optional.empty(),
            algorithm.mnemonic() + " on token " + token));
    return key;
  }

  @Override
  public <T> T withPermit(String token, PermitWork<T> work) {
    Entry entry = entry(token);
    entry.permit.acquire(token, entry.settings.permitDeadline());
    try (TokenLock.Held held = lock(entry)) {
      return work.run(
          (key, data) -> {
            if (!held.valid()) {
              throw new TokenException(
                  TokenException.Reason.UNAVAILABLE,
                  "the lock of token " + token + " was lost with the database connection");
            }
            return recovering(entry, () -> entry.token.sign(key, data));
          });
    } finally {
      entry.permit.release();
    }
  }

  private <T> T use(Entry entry, Call<T> call) {
    entry.permit.acquire(entry.settings.name(), entry.settings.permitDeadline());
    try (TokenLock.Held held = lock(entry)) {
      T result = recovering(entry, call);
      if (!held.valid()) {
        log.warn("token {}: the lock was lost with the database connection", entry.settings.name());
      }
      return result;
    } finally {
      entry.permit.release();
    }
  }

  private TokenLock.Held lock(Entry entry) {
    String serial = recovering(entry, () -> Pkcs11Token.serial(entry.token.info()), false);
    TokenLock.Held held = lock.acquire(serial, entry.settings.permitDeadline());
    entry.permit.touch(); // waiting for another process is not hanging
    return held;
  }

  /** A call of the module. */
  @FunctionalInterface
  private interface Call<T> {
    T run() throws PKCS11Exception;
  }

  private <T> T recovering(Entry entry, Call<T> call) {
    return recovering(entry, call, true);
  }

  /**
   * Runs a call with the cures that are known to help: a new session, then the module started anew,
   * which some faults of OpenSC need at once.
   */
  private <T> T recovering(Entry entry, Call<T> call, boolean loggedIn) {
    List<String> faults = new ArrayList<>();
    for (int attempt = 0; attempt < 4; attempt++) {
      entry.permit.touch();
      try {
        if (loggedIn) {
          entry.token.open();
        }
        return call.run();
      } catch (PKCS11Exception e) {
        faults.add(e.getMessage());
        entry.token.forget();
        entry.state = null;
        if (e.getErrorCode() == Ck.GENERAL_ERROR || attempt >= 1) {
          restart(entry, e.getMessage());
        }
      }
    }
    throw new TokenException(
        TokenException.Reason.UNAVAILABLE,
        "token "
            + entry.settings.name()
            + " does not answer ("
            + String.join(", ", faults)
            + "); check that it is plugged in and that pcscd runs");
  }

  private void restart(Entry entry, String why) {
    log.info("token {}: starting its module anew: {}", entry.settings.name(), why);
    for (Entry other : entries.values()) {
      if (other.module == entry.module) {
        other.token.forget();
      }
    }
    entry.module.restart();
  }

  @Override
  public void close() {
    watchdog.interrupt();
    for (Entry entry : entries.values()) {
      try {
        entry.permit.acquire(entry.settings.name(), STATE_DEADLINE);
        try {
          entry.token.forget();
        } finally {
          entry.permit.release();
        }
      } catch (TokenException e) {
        log.warn("token {}: not closed: {}", entry.settings.name(), e.getMessage());
      }
    }
  }
}
