package org.keyward.zone;

/**
 * A private key as PowerDNS gets it, in BIND's format. It rests sealed and is opened each time that
 * it is asked for: for the reply to PowerDNS and nothing else. Prints masked.
 */
@FunctionalInterface
public interface KeyContent {
  /**
   * The key in clear.
   *
   * @throws ZoneStorageException when it cannot be opened, as where it is closed
   */
  String reveal();

  /** The key in clear, before a PIN of the configuration is filled in. */
  default String withoutPin() {
    return reveal();
  }

  /** Whether a PIN of the configuration belongs into it. */
  default boolean takesPin() {
    return false;
  }

  /** Whether it is sealed, and nobody here has the seal key: nothing is known of it. */
  default boolean isClosed() {
    return false;
  }

  /** One that is in clear already, because it has just come in. */
  static KeyContent of(String clear) {
    return new KeyContent() {
      @Override
      public String reveal() {
        return clear;
      }

      @Override
      public String toString() {
        return "****";
      }
    };
  }
}
