package org.keyward.dnssec;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the fastest provider of signatures first: Amazon Corretto Crypto Provider where its native
 * library loads, else the JDK's own.
 */
public final class CryptoProviders {
  private static final Logger log = LoggerFactory.getLogger(CryptoProviders.class);

  private CryptoProviders() {}

  /** Called once at start, by every program; calling it again does nothing. */
  public static synchronized void install() {
    try {
      AmazonCorrettoCryptoProvider.install();
      AmazonCorrettoCryptoProvider.INSTANCE.assertHealthy();
      log.info("signing with {}", AmazonCorrettoCryptoProvider.INSTANCE.getInfo());
    } catch (RuntimeException | LinkageError e) {
      java.security.Security.removeProvider(AmazonCorrettoCryptoProvider.PROVIDER_NAME);
      log.info("signing with the JDK's own cryptography, which is slower: {}", e.toString());
    }
  }
}
