package org.keyward.signing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.keyward.dnssec.TimeText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells an address of each new finding, once, as a JSON object in a POST. What cannot be delivered
 * stays in the database and is tried again, also after a restart. Used by a thread of its own, so
 * that nobody else ever waits for it.
 */
public final class FindingWebhook {
  private static final Logger log = LoggerFactory.getLogger(FindingWebhook.class);
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int SLICE = 20;

  private final FindingStore store;
  private final URI address;
  private final Clock clock;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private boolean failing;

  public FindingWebhook(FindingStore store, URI address, Clock clock) {
    this.store = store;
    this.address = address;
    this.clock = clock;
  }

  /**
   * Delivers what is new.
   *
   * @return how much; -1 when the address did not take it
   */
  public int step() {
    int delivered = 0;
    for (FindingStore.Unannounced news : store.unannounced(SLICE)) {
      try {
        int status = post(news);
        if (status / 100 != 2) {
          return failed("answers with status " + status);
        }
      } catch (IOException e) {
        return failed("cannot be reached (" + e.getClass().getSimpleName() + ")");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return -1;
      }
      store.announced(news.id(), clock.instant());
      failing = false;
      delivered++;
    }
    return delivered;
  }

  private int post(FindingStore.Unannounced news) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body(news)))
            .build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  private static String body(FindingStore.Unannounced news) throws JsonProcessingException {
    Finding finding = news.finding();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", news.id());
    body.put("severity", finding.severity().word());
    body.put("kind", finding.kind().word());
    body.put("subject", finding.subject());
    body.put("message", finding.message());
    body.put("todo", finding.todo());
    body.put("first_seen", TimeText.of(news.firstSeen()));
    return JSON.writeValueAsString(body);
  }

  /** Only the host: the rest of the address may be a secret. */
  private int failed(String why) {
    if (!failing) {
      log.warn("admin.webhook: {} {}; trying again until it takes it", address.getHost(), why);
    }
    failing = true;
    return -1;
  }
}
