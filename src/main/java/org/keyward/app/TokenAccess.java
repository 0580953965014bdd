package org.keyward.app;

import java.util.function.Consumer;
import org.keyward.audit.Actor;
import org.keyward.config.KeywardConfig;
import org.keyward.signing.Tokens;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresPinMemory;
import org.keyward.store.PostgresTokenLock;
import org.keyward.token.Pkcs11Tokens;

/** The tokens of a configuration, behind the permit that all processes share. */
public final class TokenAccess implements AutoCloseable {
  private final Closing parts;
  private final Tokens tokens;

  private TokenAccess(Closing parts, Tokens tokens) {
    this.parts = parts;
    this.tokens = tokens;
  }

  /** For a command; a call that hangs ends the process. */
  public static TokenAccess open(KeywardConfig config) {
    Closing parts = new Closing();
    try {
      Storage storage = parts.add(Storage.open(config));
      TokenAccess access = open(config, storage, Actor.operatingSystemUser(), TokenAccess::giveUp);
      parts.add(access);
      return new TokenAccess(parts, access.tokens);
    } catch (RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  /**
   * @param actor who is written into the audit log
   */
  static TokenAccess open(
      KeywardConfig config, Storage storage, String actor, Consumer<String> onHang) {
    Closing parts = new Closing();
    PostgresTokenLock lock = parts.add(new PostgresTokenLock(storage.database()));
    Tokens tokens =
        parts.add(
            new Pkcs11Tokens(
                config.tokens(),
                lock,
                new PostgresPinMemory(storage.database()),
                SealKeys.checked(config, storage),
                new PostgresAudit(storage.database()),
                actor,
                storage.clock(),
                onHang));
    return new TokenAccess(parts, tokens);
  }

  private static void giveUp(String why) {
    System.err.println("keyward: " + why);
    Runtime.getRuntime().halt(1);
  }

  public Tokens tokens() {
    return tokens;
  }

  @Override
  public void close() {
    parts.close();
  }
}
