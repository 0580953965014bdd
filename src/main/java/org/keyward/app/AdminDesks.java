package org.keyward.app;

import org.keyward.admin.AdminApi;
import org.keyward.config.KeywardConfig;
import org.keyward.store.PostgresOverview;
import org.keyward.store.PostgresParents;
import org.keyward.store.PostgresRrsets;

/** What the admin API works on: the same that the commands use, on the service's own storage. */
final class AdminDesks {
  private AdminDesks() {}

  static AdminApi.Desks of(Storage storage, KeywardConfig config) {
    SigningRequests requests = new SigningRequests(storage, config);
    return new AdminApi.Desks(
        new ZoneAdministration(storage, config),
        new PostgresRrsets(storage.database()),
        requests,
        new SigningPreview(storage, config),
        new RollRequests(storage, requests),
        new PolicyRequests(storage, config, requests),
        new PostgresOverview(storage.database()),
        new PostgresParents(storage.database()),
        new AuditReader(storage),
        ApiTokenAdministration.of(storage));
  }
}
