package org.keyward.app;

import java.net.URI;
import java.nio.file.Path;
import org.keyward.config.DatabaseSettings;

/**
 * Writes the pdns.conf of a second PowerDNS, on the tables that Keyward serves, for PowerDNS's HTTP
 * API and {@code pdnsutil} alone: what the remote backend's protocol has no calls for.
 */
public final class PowerDnsTools {
  private static final String TEXT =
      """
      # PowerDNS %1$s for its HTTP API and pdnsutil alone, on the tables that Keyward serves.
      # Printed by: keyward pdns-config --for tools --powerdns %1$s
      # As /etc/powerdns/pdns-tools.conf: the service is pdns@tools, and the command 'pdnsutil --config-name=tools'.

      launch=gpgsql
      gpgsql-host=%2$s
      gpgsql-port=%3$d
      gpgsql-dbname=%4$s
      gpgsql-user=%5$s
      # A file with the line HOST:PORT:DATABASE:USER:PASSWORD that PowerDNS's user alone may read (mode 0600).
      gpgsql-extra-connection-parameters=passfile=%6$s
      gpgsql-dnssec=yes

      # Without keys on tokens, which the PowerDNS that answers uses: this one would open the token for each list
      # of zones, and where it does not reach it, or is built without PKCS#11, have no list at all.
      gpgsql-list-domain-keys-query=select cryptokeys.id, flags, case when active then 1 else 0 end as active, case when published then 1 else 0 end as published, content from domains, cryptokeys where cryptokeys.domain_id=domains.id and name=$1 and content not ilike '%%engine:%%'

      # It answers nobody. PowerDNS does not start without an address and a port for DNS.
      local-address=127.0.0.1
      local-port=%7$d
      disable-axfr=yes

      # Others change the tables too: nothing is kept.
      cache-ttl=0
      query-cache-ttl=0
      negquery-cache-ttl=0
      zone-cache-refresh-interval=0
      zone-metadata-cache-ttl=0
      dnssec-key-cache-ttl=0

      # The API. Put a key of your own there: 'pdnsutil hash-password' makes what can be written down.
      api=yes
      # api-key=
      webserver=yes
      webserver-address=127.0.0.1
      webserver-port=8081
      webserver-allow-from=127.0.0.1

      # It changes zones. The PowerDNS that answers notifies secondaries, and transfers.
      """;

  /** Beside 53 and what resolvers on the host may use. */
  private static final int UNUSED_PORT = 5399;

  private static final int POSTGRES_PORT = 5432;

  private PowerDnsTools() {}

  /**
   * The text of pdns.conf.
   *
   * @param user a login with the role keyward_tools
   * @param passfile where its password is
   * @throws IllegalArgumentException when the version is not known, or the address of the database
   *     cannot be given to PowerDNS
   */
  public static String render(
      String version, DatabaseSettings database, String user, Path passfile) {
    if (!PowerDnsConfig.versions().contains(version)) {
      throw new IllegalArgumentException(
          "PowerDNS " + version + " is not among " + String.join(", ", PowerDnsConfig.versions()));
    }
    URI address = address(database);
    return TEXT.formatted(
        version,
        address.getHost(),
        address.getPort() < 0 ? POSTGRES_PORT : address.getPort(),
        address.getPath().substring(1),
        user,
        passfile,
        UNUSED_PORT);
  }

  private static URI address(DatabaseSettings database) {
    try {
      URI address = URI.create(database.url().substring("jdbc:".length()));
      if (address.getHost() != null && address.getPath().length() > 1) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // has no host either
    }
    throw new IllegalArgumentException(
        "database.url has no single host and database that PowerDNS could be given: "
            + DatabaseSettings.masked(database.url()));
  }
}
