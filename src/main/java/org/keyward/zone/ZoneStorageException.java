package org.keyward.zone;

/** The storage of zones cannot be reached or refuses; zones in memory go on being served. */
public class ZoneStorageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ZoneStorageException(String message, Throwable cause) {
    super(message, cause);
  }
}
