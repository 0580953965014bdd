package org.keyward.app;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.keyward.config.KeywardConfig;
import org.keyward.store.Leaving;

/** What {@code keyward leave} does. */
public final class Leave implements AutoCloseable {
  private final KeywardConfig config;
  private final Storage storage;
  private final Leaving leaving;

  private Leave(KeywardConfig config, Storage storage) {
    this.config = config;
    this.storage = storage;
    this.leaving = new Leaving(storage.database());
  }

  public static Leave open(KeywardConfig config) {
    return new Leave(config, Storage.open(config));
  }

  public List<String> signedZones() {
    return leaving.signedZones();
  }

  public int sealedKeys() {
    return leaving.sealedKeys();
  }

  /**
   * Writes the script that gives the database back to PowerDNS, readable by its owner alone.
   *
   * @throws IllegalStateException when something stands in the way
   */
  public void write(Path script) throws IOException {
    Path sealKey = config.sealKeyFile();
    if (sealedKeys() > 0 && !Files.exists(sealKey)) {
      throw new IllegalStateException(
          sealKey + " is not there, which sealed the keys; put the seal key back");
    }
    try {
      Files.createFile(
          script,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      throw new IllegalStateException(script + " is there already; name another file", e);
    }
    try {
      Files.writeString(
          script,
          leaving.script(
              SealKeys.checked(config, storage), "os:" + System.getProperty("user.name")));
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(script);
      throw e;
    }
  }

  @Override
  public void close() {
    storage.close();
  }
}
