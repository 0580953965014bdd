package org.keyward.app;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.Algorithm;
import org.keyward.store.SigningDesk;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** Asks the signer role for something, and waits for its answer. */
public final class SigningRequests implements AutoCloseable {
  private static final Duration PICK_UP_LIMIT = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 100;

  private final Storage storage;
  private final SigningDesk desk;
  private final Duration hold;

  private SigningRequests(Storage storage, Duration hold) {
    this.storage = storage;
    this.desk = new SigningDesk(storage.database());
    this.hold = hold;
  }

  public static SigningRequests open(KeywardConfig config) {
    return new SigningRequests(Storage.open(config), config.signing().unassignHold());
  }

  public long assign(
      Name zone, String token, String label, Optional<Algorithm> algorithm, String reason) {
    return desk.assign(zone, token, label, algorithm, reason, actor());
  }

  public long unassign(Name zone, String reason) {
    return desk.unassign(zone, hold, reason, actor());
  }

  private static String actor() {
    return "os:" + System.getProperty("user.name");
  }

  /**
   * Waits until the signer has carried the request out.
   *
   * @param whileWaiting called again and again, several times a second
   * @return what it says
   * @throws IllegalStateException when it refused, or when no signer is running
   */
  public String await(long request, Runnable whileWaiting) throws InterruptedException {
    long pickUpEnd = System.nanoTime() + PICK_UP_LIMIT.toNanos();
    while (true) {
      SigningDesk.Answer answer = desk.answer(request);
      if (answer.finished()) {
        if (answer.state().equals("failed")) {
          throw new IllegalStateException(answer.text());
        }
        return answer.text();
      }
      if (answer.state().equals("queued") && System.nanoTime() > pickUpEnd) {
        throw new IllegalStateException(
            "no signer has taken the request in "
                + PICK_UP_LIMIT.toSeconds()
                + " s; it stays queued: start one with 'keyward run' or 'keyward sign'");
      }
      whileWaiting.run();
      Thread.sleep(POLL_MILLIS);
    }
  }

  public List<DNSKEYRecord> keySigningKeys(Name zone) {
    return desk.keySigningKeys(zone);
  }

  public List<Map<String, Object>> zones() {
    return desk.zones();
  }

  public List<Map<String, Object>> tokens() {
    return desk.tokens();
  }

  @Override
  public void close() {
    storage.close();
  }
}
