package org.keyward.token;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.keyward.signing.TokenException;

/**
 * A PKCS#11 module: loaded when first used, started anew when asked. Every use holds the permit.
 */
final class Pkcs11Module {
  /** Of all modules of the process, since the JDK keeps instances that have ended. */
  private static final AtomicLong RESTARTS = new AtomicLong();

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private final Path path;
  private final NativeCalls calls = new NativeCalls();
  private Cryptoki functions;
  private long generation;
  private long lookedAgain;
  private Duration pause = Duration.ZERO;

  Pkcs11Module(Path path) {
    this.path = path;
  }

  NativeCalls calls() {
    return calls;
  }

  /** Changes when the module starts anew: sessions and handles of before mean nothing then. */
  long generation() {
    return generation;
  }

  /**
   * The module's functions, loaded when first needed.
   *
   * @throws TokenException when the module is not there or cannot be loaded
   */
  Cryptoki functions() {
    if (functions == null) {
      functions = load();
    }
    return functions;
  }

  /**
   * Starts the module anew to see a token that it does not see, ever less often while that does not
   * help.
   *
   * @return whether it was time to
   */
  boolean lookAgain() {
    if (!pause.isZero() && System.nanoTime() - lookedAgain < pause.toNanos()) {
      return false;
    }
    pause = pause.isZero() ? FIRST_PAUSE : shorter(pause.multipliedBy(2), LONGEST_PAUSE);
    restart();
    lookedAgain = System.nanoTime();
    return true;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** All tokens are seen: the next one that goes away is looked for at once. */
  void seen() {
    pause = Duration.ZERO;
  }

  /** Ends the module; the next use loads it. The only cure for some faults of OpenSC. */
  void restart() {
    Cryptoki ending = functions;
    functions = null;
    generation++;
    RESTARTS.incrementAndGet();
    if (ending == null) {
      return;
    }
    try {
      ending.end();
    } catch (CryptokiException e) {
      return; // not running any more, which is what is wanted
    }
  }

  private Cryptoki load() {
    if (!Files.isReadable(path)) {
      throw new TokenException(
          TokenException.Reason.UNAVAILABLE,
          "there is no PKCS#11 module "
              + path
              + "; check 'module' of the token, and that its package is installed (opensc,"
              + " softhsm2)");
    }
    try {
      return JdkCryptoki.load(spelling(RESTARTS.get()), calls);
    } catch (ReflectiveOperationException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new TokenException(
          TokenException.Reason.UNAVAILABLE,
          "the PKCS#11 module " + path + " cannot be loaded: " + cause.getMessage(),
          cause);
    }
  }

  /**
   * The JDK keeps one instance for each spelling of a path, so that another one starts anew. Each
   * number has its own, and they stay short: a token may be gone for weeks.
   */
  String spelling(long number) {
    Path file = real(path);
    StringBuilder spelled = new StringBuilder(file.getParent().toString());
    for (char bit : Long.toBinaryString(number).toCharArray()) {
      spelled.append(bit == '1' ? "/." : "/");
    }
    return spelled.append('/').append(file.getFileName()).toString();
  }

  /** Two names of one module must not become two modules with two permits. */
  static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath();
    }
  }
}
