package org.keyward.zone;

/** The storage answers, but cannot give what was asked for: what is stored is at fault. */
public class StoredDataException extends ZoneStorageException {
  private static final long serialVersionUID = 1L;

  public StoredDataException(String message, Throwable cause) {
    super(message, cause);
  }
}
