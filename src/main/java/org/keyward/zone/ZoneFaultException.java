package org.keyward.zone;

/** One zone cannot be loaded as it is stored; that says nothing of the others. */
public final class ZoneFaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong with the zone and what to do, one line
   */
  public ZoneFaultException(String message) {
    super(message);
  }

  private ZoneFaultException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * What was met while one zone was read or made, of whatever kind.
   *
   * @throws ZoneStorageException if it was the storage itself, which concerns all zones
   */
  static ZoneFaultException of(Throwable failure) {
    if (failure instanceof ZoneFaultException fault) {
      return fault;
    }
    if (failure instanceof ZoneStorageException storage
        && !(storage instanceof StoredDataException)) {
      throw storage;
    }
    return new ZoneFaultException(
        failure instanceof StoredDataException ? failure.getMessage() : failure.toString(),
        failure);
  }
}
