package org.keyward.token;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.keyward.signing.TokenException;
import sun.security.pkcs11.wrapper.CK_C_INITIALIZE_ARGS;
import sun.security.pkcs11.wrapper.PKCS11;
import sun.security.pkcs11.wrapper.PKCS11Exception;

/** A loaded PKCS#11 module. Every use holds the permit of the module. */
final class Pkcs11Module {
  private static final long OS_LOCKING = 0x2;

  /** Of all modules of the process, since the JDK keeps instances that have ended. */
  private static final AtomicInteger RESTARTS = new AtomicInteger();

  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  private final Path path;
  private PKCS11 functions;
  private long lookedAgain;

  Pkcs11Module(Path path) {
    this.path = path;
  }

  /**
   * The module's functions, loaded when first needed.
   *
   * @throws TokenException when the module is not there or cannot be loaded
   */
  PKCS11 functions() {
    if (functions == null) {
      functions = load();
    }
    return functions;
  }

  /**
   * Starts the module anew unless that was done for this reason a short while ago.
   *
   * @return whether it was
   */
  boolean restartIfDue() {
    if (lookedAgain != 0 && System.nanoTime() - lookedAgain < LOOK_AGAIN.toNanos()) {
      return false;
    }
    lookedAgain = System.nanoTime();
    restart();
    return true;
  }

  /** Ends and loads the module: the only cure for some faults of OpenSC. */
  void restart() {
    if (functions != null) {
      try {
        functions.C_Finalize(null);
      } catch (PKCS11Exception e) {
        // Not initialised any more, which is what is wanted.
        functions = null;
      }
    }
    functions = null;
    RESTARTS.incrementAndGet();
  }

  private PKCS11 load() {
    if (!java.nio.file.Files.isReadable(path)) {
      throw new TokenException(
          TokenException.Reason.UNAVAILABLE,
          "there is no PKCS#11 module "
              + path
              + "; check 'module' of the token, and that its package is installed (opensc,"
              + " softhsm2)");
    }
    CK_C_INITIALIZE_ARGS arguments = new CK_C_INITIALIZE_ARGS();
    arguments.flags = OS_LOCKING;
    try {
      // Some builds of OpenJDK add parameters after the first four.
      for (Method method : PKCS11.class.getMethods()) {
        if (method.getName().equals("getInstance")) {
          Object[] values = new Object[method.getParameterCount()];
          values[0] = spelling();
          values[1] = "C_GetFunctionList";
          values[2] = arguments;
          values[3] = false;
          for (int i = 4; i < values.length; i++) {
            values[i] = method.getParameterTypes()[i] == boolean.class ? Boolean.FALSE : null;
          }
          return (PKCS11) method.invoke(null, values);
        }
      }
      throw new IllegalStateException("this JDK's PKCS#11 binding has no getInstance");
    } catch (InvocationTargetException | IllegalAccessException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new TokenException(
          TokenException.Reason.UNAVAILABLE,
          "the PKCS#11 module " + path + " cannot be loaded: " + cause.getMessage(),
          cause);
    }
  }

  /** The JDK keeps one instance for each spelling of a path, so that another one starts anew. */
  private String spelling() {
    Path absolute = path.toAbsolutePath();
    return absolute.getParent() + "/" + "./".repeat(RESTARTS.get() % 500) + absolute.getFileName();
  }
}
