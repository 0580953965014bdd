package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.app.MonitoringTest;

/** Operators and auditors at an installation as users have it. */
@Tag("once")
class OperatorsIT {
  private static final String ZONE = "example.com.";

  @Test
  void operatorsAndAuditorsSeeWhatIsThere(@TempDir Path dir) throws Exception {
    try (Installation keyward = new Installation(dir)) {
      keyward.start();
      String token = lastLine(keyward.cli("api-token", "create", "alice", "--role", "operator"));
      keyward.cli("zone", "create", ZONE, "--ns", "ns." + ZONE);
      keyward.cli("assign", ZONE, "--token", Installation.TOKEN, "--label", Installation.KEY);
      lookup(keyward);

      assertThat(get(keyward, token, "/api/v1/zones")).contains("\"state\":\"signed\"");
      assertThat(get(keyward, "", "/")).contains("<title>Keyward</title>");
      assertThat(get(keyward, "", "/openapi.json")).contains("\"openapi\" : \"3.1.0\"");

      // What an auditor asks the command line.
      assertThat(keyward.cli("audit", "list", "--actor", "os:*", "--zone", ZONE))
          .contains("ASSIGN");
      String head = keyward.cli("audit", "verify").replaceAll("(?s).*last hash (\\S+).*", "$1");
      assertThat(keyward.cli("audit", "verify", "--head", head)).contains("the hash written down");
      assertThat(keyward.cli("audit", "export", "--format", "csv")).startsWith("id,at,actor");
      keyward.cli(
          "audit",
          "report",
          "--from",
          "2020-01-01",
          "--to",
          "2100-01-01",
          "--html",
          dir.resolve("report.html").toString());
      assertThat(keyward.read("report.html")).contains("ASSIGN DONE", "<td>example.com</td>");

      // The signer compares at its own pace.
      Installation.await(
          "the inventory",
          Duration.ofSeconds(90),
          () -> keyward.cli("key", "list").contains("present"));
      assertThat(keyward.cli("findings")).doesNotContain("critical");

      // The signer follows the audit log when it starts, and the server tells that it was asked.
      Installation.await(
          "the check of the audit log",
          Duration.ofSeconds(90),
          () -> get(keyward, "", "/metrics").contains("keyward_audit_intact 1.0"));
      Installation.await(
          "the report on PowerDNS",
          Duration.ofSeconds(90),
          () -> keyward.cli("status").matches("(?s).*\\RSERVER .*\\R.* at .* \\d{4}-.* http.*"));

      String service = "keyward_remote_requests_seconds_count{";
      Installation.await(
          "metrics of the token",
          Duration.ofSeconds(60),
          () -> get(keyward, "", "/metrics").contains("keyward_signatures_total{"));
      String scrape = get(keyward, "", "/metrics");
      assertThat(scrape).contains(service).contains("keyward_runway_zones{below_days=\"60\"} 1.0");
      Set<String> names =
          scrape
              .lines()
              .filter(line -> !line.startsWith("#"))
              .map(line -> line.replaceAll("[{ ].*", ""))
              .collect(Collectors.toSet());
      assertThat(names).containsAll(MonitoringTest.used());
      GeneratedPage.check("metrics.md", MetricsPage.of(scrape));

      keyward.cli("api-token", "revoke", "alice");
      assertThat(get(keyward, token, "/api/v1/zones")).contains("needs a good API token");
      assertThat(keyward.read("keyward.log")).doesNotContain(token.substring(4));
    }
  }

  private static String lastLine(String printed) {
    return printed.strip().lines().reduce((first, second) -> second).orElseThrow();
  }

  private static void lookup(Installation keyward) throws Exception {
    String question =
        "{\"method\":\"lookup\",\"parameters\":{\"qtype\":\"ANY\",\"qname\":\"example.com.\","
            + "\"zone-id\":-1}}";
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(keyward.backendUrl()))
            .header("Content-Type", "text/javascript; charset=utf-8")
            .POST(BodyPublishers.ofString(question))
            .build();
    HttpClient.newHttpClient().send(request, BodyHandlers.discarding());
  }

  private static String get(Installation keyward, String token, String path) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + keyward.adminPort + path));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString()).body();
  }
}
