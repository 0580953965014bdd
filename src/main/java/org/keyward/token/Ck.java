package org.keyward.token;

/** The numbers of PKCS#11 that are used here (the JDK's own names differ between versions). */
final class Ck {
  static final long CLASS = 0x0;
  static final long TOKEN = 0x1;
  static final long PRIVATE = 0x2;
  static final long LABEL = 0x3;
  static final long KEY_TYPE = 0x100;
  static final long ID = 0x102;
  static final long SENSITIVE = 0x103;
  static final long SIGN = 0x108;
  static final long VERIFY = 0x10a;
  static final long MODULUS = 0x120;
  static final long MODULUS_BITS = 0x121;
  static final long PUBLIC_EXPONENT = 0x122;
  static final long EXTRACTABLE = 0x162;
  static final long EC_PARAMS = 0x180;
  static final long EC_POINT = 0x181;

  static final long PUBLIC_KEY = 2;
  static final long PRIVATE_KEY = 3;

  static final long TYPE_RSA = 0;
  static final long TYPE_EC = 3;
  static final long TYPE_EDWARDS = 0x40;

  static final long RSA_KEY_PAIR_GEN = 0x0;
  static final long RSA_PKCS = 0x1;
  static final long EC_KEY_PAIR_GEN = 0x1040;
  static final long ECDSA = 0x1041;
  static final long EDWARDS_KEY_PAIR_GEN = 0x1055;
  static final long EDDSA = 0x1057;

  static final long SESSION_READ_WRITE = 0x4 | 0x2;
  static final long USER = 1;

  static final long FLAG_PIN_COUNT_LOW = 0x10000;
  static final long FLAG_PIN_FINAL_TRY = 0x20000;
  static final long FLAG_PIN_LOCKED = 0x40000;

  static final long GENERAL_ERROR = 0x5;
  static final long PIN_INCORRECT = 0xa0;
  static final long PIN_INVALID = 0xa1;
  static final long PIN_LENGTH = 0xa2;
  static final long PIN_EXPIRED = 0xa3;
  static final long PIN_LOCKED = 0xa4;
  static final long ALREADY_LOGGED_IN = 0x100;

  private Ck() {}
}
