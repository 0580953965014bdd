package org.keyward.token;

/** A PKCS#11 call was refused, with the code that the module gave. */
final class CryptokiException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long code;

  CryptokiException(String function, long code, Throwable cause) {
    super(function + " says " + name(code, cause), cause);
    this.code = code;
  }

  /** Newer JDKs add a text of their own after the name. */
  private static String name(long code, Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    return message.startsWith("CKR_")
        ? message.replaceFirst("[^A-Z0-9_].*", "")
        : "0x" + Long.toHexString(code);
  }

  long code() {
    return code;
  }
}
