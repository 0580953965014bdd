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
  static final long ALWAYS_AUTHENTICATE = 0x202;
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
  static final long CONTEXT_SPECIFIC = 2;

  static final long FLAG_PIN_COUNT_LOW = 0x10000;
  static final long FLAG_PIN_FINAL_TRY = 0x20000;
  static final long FLAG_PIN_LOCKED = 0x40000;

  static final long SLOT_ID_INVALID = 0x3;
  static final long GENERAL_ERROR = 0x5;
  static final long ARGUMENTS_BAD = 0x7;
  static final long ATTRIBUTE_READ_ONLY = 0x10;
  static final long ATTRIBUTE_SENSITIVE = 0x11;
  static final long ATTRIBUTE_TYPE_INVALID = 0x12;
  static final long ATTRIBUTE_VALUE_INVALID = 0x13;
  static final long DATA_INVALID = 0x20;
  static final long DATA_LENGTH = 0x21;
  static final long DEVICE_ERROR = 0x30;
  static final long DEVICE_MEMORY = 0x31;
  static final long DEVICE_REMOVED = 0x32;
  static final long FUNCTION_NOT_SUPPORTED = 0x54;
  static final long KEY_SIZE = 0x62;
  static final long KEY_TYPE_INCONSISTENT = 0x63;
  static final long KEY_FUNCTION_NOT_PERMITTED = 0x68;
  static final long MECHANISM_INVALID = 0x70;
  static final long MECHANISM_PARAM_INVALID = 0x71;
  static final long PIN_INCORRECT = 0xa0;
  static final long PIN_LOCKED = 0xa4;
  static final long TEMPLATE_INCOMPLETE = 0xd0;
  static final long TEMPLATE_INCONSISTENT = 0xd1;
  static final long TOKEN_NOT_PRESENT = 0xe0;
  static final long TOKEN_NOT_RECOGNIZED = 0xe1;
  static final long TOKEN_WRITE_PROTECTED = 0xe2;
  static final long ALREADY_LOGGED_IN = 0x100;
  static final long NOT_LOGGED_IN = 0x101;
  static final long USER_TYPE_INVALID = 0x103;
  static final long DOMAIN_PARAMS_INVALID = 0x130;
  static final long NOT_INITIALIZED = 0x190;

  private Ck() {}
}
