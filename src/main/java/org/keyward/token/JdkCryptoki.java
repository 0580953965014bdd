package org.keyward.token;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import sun.security.pkcs11.wrapper.CK_ATTRIBUTE;
import sun.security.pkcs11.wrapper.CK_C_INITIALIZE_ARGS;
import sun.security.pkcs11.wrapper.CK_MECHANISM;
import sun.security.pkcs11.wrapper.CK_TOKEN_INFO;
import sun.security.pkcs11.wrapper.PKCS11;
import sun.security.pkcs11.wrapper.PKCS11Exception;

/** PKCS#11 through the JDK's own binding, which the public SunPKCS11 provider hides. */
final class JdkCryptoki implements Cryptoki {
  private static final long OS_LOCKING = 0x2;
  private static final int FOUND_AT_ONCE = 64;

  private final PKCS11 functions;
  private final NativeCalls calls;

  private JdkCryptoki(PKCS11 functions, NativeCalls calls) {
    this.functions = functions;
    this.calls = calls;
  }

  /**
   * Loads a module and starts it. The JDK keeps one instance for each spelling of the path.
   *
   * @throws ReflectiveOperationException with the fault as its cause
   */
  static JdkCryptoki load(String path, NativeCalls calls) throws ReflectiveOperationException {
    CK_C_INITIALIZE_ARGS arguments = new CK_C_INITIALIZE_ARGS();
    arguments.flags = OS_LOCKING;
    Method method =
        Arrays.stream(PKCS11.class.getMethods())
            .filter(m -> m.getName().equals("getInstance"))
            .findFirst()
            .orElseThrow(() -> new NoSuchMethodException("PKCS11.getInstance"));
    // Some builds of OpenJDK add parameters after the first four.
    Object[] values = new Object[method.getParameterCount()];
    values[0] = path;
    values[1] = "C_GetFunctionList";
    values[2] = arguments;
    values[3] = false;
    for (int i = 4; i < values.length; i++) {
      values[i] = method.getParameterTypes()[i] == boolean.class ? Boolean.FALSE : null;
    }
    return new JdkCryptoki(
        calls.<PKCS11, ReflectiveOperationException>run(
            "C_Initialize", () -> (PKCS11) invoke(method, values)),
        calls);
  }

  private static Object invoke(Method method, Object[] values) throws ReflectiveOperationException {
    try {
      return method.invoke(null, values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error && !(error instanceof LinkageError)) {
        throw error;
      }
      throw e;
    }
  }

  @Override
  public List<Long> slots() throws CryptokiException {
    return call(
        "C_GetSlotList", () -> Arrays.stream(functions.C_GetSlotList(true)).boxed().toList());
  }

  @Override
  public TokenInfo tokenInfo(long slot) throws CryptokiException {
    CK_TOKEN_INFO info = call("C_GetTokenInfo", () -> functions.C_GetTokenInfo(slot));
    return new TokenInfo(text(info.label), text(info.serialNumber), text(info.model), info.flags);
  }

  /** The binding gives text as one char for each byte. */
  private static String text(char[] bytes) {
    byte[] utf8 = new String(bytes).getBytes(StandardCharsets.ISO_8859_1);
    return new String(utf8, StandardCharsets.UTF_8).strip();
  }

  @Override
  public long openSession(long slot) throws CryptokiException {
    return call(
        "C_OpenSession", () -> functions.C_OpenSession(slot, Ck.SESSION_READ_WRITE, null, null));
  }

  @Override
  public void closeSession(long session) throws CryptokiException {
    call("C_CloseSession", () -> functions.C_CloseSession(session));
  }

  /** The binding narrows each char to a byte: so one char for each byte of the PIN. */
  @Override
  public void login(long session, long user, byte[] pin) throws CryptokiException {
    char[] chars = new char[pin.length];
    for (int i = 0; i < pin.length; i++) {
      chars[i] = (char) (pin[i] & 0xff);
    }
    try {
      call("C_Login", () -> functions.C_Login(session, user, chars));
    } finally {
      Arrays.fill(chars, '\0');
    }
  }

  @Override
  public List<Long> find(long session, List<Attribute> template) throws CryptokiException {
    return call(
        "C_FindObjects",
        () -> {
          functions.C_FindObjectsInit(session, attributes(template));
          List<Long> found = new ArrayList<>();
          try {
            long[] some = functions.C_FindObjects(session, FOUND_AT_ONCE);
            while (some.length > 0) {
              Arrays.stream(some).forEach(found::add);
              some = functions.C_FindObjects(session, FOUND_AT_ONCE);
            }
          } finally {
            functions.C_FindObjectsFinal(session);
          }
          return found;
        });
  }

  @Override
  public Optional<byte[]> attribute(long session, long object, long type) throws CryptokiException {
    CK_ATTRIBUTE[] template = {new CK_ATTRIBUTE(type)};
    try {
      call("C_GetAttributeValue", () -> functions.C_GetAttributeValue(session, object, template));
    } catch (CryptokiException e) {
      if (e.code() == Ck.ATTRIBUTE_TYPE_INVALID || e.code() == Ck.ATTRIBUTE_SENSITIVE) {
        return Optional.empty();
      }
      throw e;
    }
    Object value = template[0].pValue;
    if (value instanceof Boolean flag) {
      return Optional.of(new byte[] {(byte) (flag ? 1 : 0)});
    }
    if (value instanceof char[] chars) {
      return Optional.of(new String(chars).getBytes(StandardCharsets.ISO_8859_1));
    }
    return value instanceof byte[] bytes && bytes.length > 0
        ? Optional.of(bytes)
        : Optional.empty();
  }

  @Override
  public void generate(
      long session, long mechanism, List<Attribute> publicPart, List<Attribute> privatePart)
      throws CryptokiException {
    call(
        "C_GenerateKeyPair",
        () ->
            functions.C_GenerateKeyPair(
                session,
                new CK_MECHANISM(mechanism),
                attributes(publicPart),
                attributes(privatePart)));
  }

  @Override
  public void signInit(long session, long mechanism, long key) throws CryptokiException {
    call("C_SignInit", () -> functions.C_SignInit(session, new CK_MECHANISM(mechanism), key));
  }

  @Override
  public byte[] sign(long session, byte[] input) throws CryptokiException {
    return call("C_Sign", () -> functions.C_Sign(session, input));
  }

  @Override
  public void end() throws CryptokiException {
    call("C_Finalize", () -> functions.C_Finalize(null));
  }

  private static CK_ATTRIBUTE[] attributes(List<Attribute> attributes) {
    return attributes.stream()
        .map(attribute -> new CK_ATTRIBUTE(attribute.type(), attribute.value()))
        .toArray(CK_ATTRIBUTE[]::new);
  }

  private <T> T call(String function, NativeCalls.Call<T, PKCS11Exception> call)
      throws CryptokiException {
    try {
      return calls.run(function, call);
    } catch (PKCS11Exception e) {
      throw new CryptokiException(function, e.getErrorCode(), e);
    }
  }

  private void call(String function, NativeAction action) throws CryptokiException {
    call(
        function,
        () -> {
          action.run();
          return function;
        });
  }

  /** A call without a result. */
  @FunctionalInterface
  private interface NativeAction {
    void run() throws PKCS11Exception;
  }
}
