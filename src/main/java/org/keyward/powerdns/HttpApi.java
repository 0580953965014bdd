package org.keyward.powerdns;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.keyward.config.Secret;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/**
 * PowerDNS's HTTP API. It clears single names only, not all below a zone, and neither keys nor
 * metadata: the control socket does better.
 */
final class HttpApi implements PowerDnsServer {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private final URI base;
  private final Secret key;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  /**
   * @param base of the web server, for example {@code http://127.0.0.1:8081}
   * @param key its {@code api-key}
   */
  HttpApi(URI base, Secret key) {
    this.base = base;
    this.key = key;
  }

  @Override
  public void flush(Collection<ChangedZone> zones) throws IOException, InterruptedException {
    for (ChangedZone zone : zones) {
      Set<Name> names = new LinkedHashSet<>(zone.owners());
      names.add(zone.origin());
      for (Name name : names) {
        put(
            "cache/flush?domain="
                + URLEncoder.encode(NameText.absolute(name), StandardCharsets.UTF_8));
      }
    }
  }

  /** The API cannot: what is cached runs out by itself. */
  @Override
  public void flushAll() {}

  @Override
  public void notifySecondaries(Name zone) throws IOException, InterruptedException {
    put("zones/" + id(zone) + "/notify");
  }

  /** As PowerDNS writes names in addresses. */
  private static String id(Name zone) {
    StringBuilder id = new StringBuilder();
    for (char c : NameText.absolute(zone).toCharArray()) {
      id.append(
          Character.isLetterOrDigit(c) || (c == '.' && !zone.equals(Name.root)) || c == '-'
              ? String.valueOf(c)
              : "=%02X".formatted((int) c));
    }
    return id.toString();
  }

  private void put(String what) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve("/api/v1/servers/localhost/" + what))
            .timeout(TIMEOUT)
            .header("X-API-Key", new String(key.chars()))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    if (status == 401) {
      throw new IOException("its API refuses the key; compare key-file with PowerDNS's api-key");
    }
    if (status >= 500) {
      throw new IOException("its API answers with status " + status);
    }
  }

  @Override
  public String toString() {
    return "PowerDNS at " + base;
  }
}
