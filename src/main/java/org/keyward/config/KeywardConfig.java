package org.keyward.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Everything that can be configured, checked.
 *
 * @param file where it was read from; empty for the built-in default
 * @param dataDir the embedded PostgreSQL's data and what Keyward makes for itself
 * @param database empty: the embedded PostgreSQL in {@code dataDir}
 * @param startsDatabase whether every command may start that one, and not {@code run} alone
 * @param powerDns who is told of changes
 * @param cache the copy of the zones on this host; empty for none
 * @param log how logs are written
 * @param sealKeyFile the key that seals ZSK private keys, 32 bytes in base64; see {@link SealKey}
 * @param formerSealKeyFile the one before, while {@code keyward seal rotate} runs
 */
public record KeywardConfig(
    Optional<Path> file,
    Path dataDir,
    Optional<DatabaseSettings> database,
    boolean startsDatabase,
    BackendSettings backend,
    AdminSettings admin,
    List<TokenSettings> tokens,
    SigningSettings signing,
    List<PowerDnsSettings> powerDns,
    Optional<CacheSettings> cache,
    LogSettings log,
    Path sealKeyFile,
    Optional<Path> formerSealKeyFile) {
  public KeywardConfig {
    tokens = List.copyOf(tokens);
    powerDns = List.copyOf(powerDns);
  }
}
