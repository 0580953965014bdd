package org.keyward.app;

import org.keyward.admin.Overview;
import org.keyward.config.KeywardConfig;
import org.keyward.store.PostgresOverview;

/** What commands look at that change nothing. */
public final class Looking implements AutoCloseable {
  private final Storage storage;
  private final Overview overview;

  private Looking(Storage storage) {
    this.storage = storage;
    this.overview = new PostgresOverview(storage.database());
  }

  public static Looking open(KeywardConfig config) {
    return new Looking(Storage.open(config));
  }

  public Overview overview() {
    return overview;
  }

  @Override
  public void close() {
    storage.close();
  }
}
