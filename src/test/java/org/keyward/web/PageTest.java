package org.keyward.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.config.ListenAddress;
import org.keyward.http.Admission;
import org.keyward.http.HttpListener;

class PageTest {
  private static final ListenAddress LOOPBACK = new ListenAddress("127.0.0.1", 0);

  private HttpListener listener;

  @BeforeEach
  void start() {
    listener =
        HttpListener.start(
            "admin.http", LOOPBACK, Admission.withPage(LOOPBACK, List.of()), new Page()::register);
  }

  @AfterEach
  void stop() {
    listener.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + listener.port() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  @ParameterizedTest
  @CsvSource({
    "/,text/html",
    "/page.css,text/css",
    "/page.js,text/javascript",
    "/zone.js,text/javascript"
  })
  void everyPartComesWithAStrictPolicy(String path, String type) throws Exception {
    HttpResponse<String> part = get(path);
    assertThat(part.statusCode()).isEqualTo(200);
    assertThat(part.headers().firstValue("Content-Type").orElse("").replace(" ", ""))
        .isEqualTo(type + ";charset=utf-8");
    assertThat(part.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
        .doesNotContain("unsafe", "*", "http");
    assertThat(part.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
  }

  /** What the policy would refuse, and what would make HTML of a record's content. */
  @Test
  void nothingIsInlineAndNothingComesFromOutside() throws Exception {
    String page = get("/").body();
    assertThat(Pattern.compile("\\s(style|on[a-z]+)=").matcher(page).find()).isFalse();
    assertThat(page).doesNotContain("<style", "http:", "https:", "//").contains("<html lang=");
    assertThat(
            Pattern.compile("<script(?! src=\"/(page|zone).js\" defer></script>)")
                .matcher(page)
                .find())
        .isFalse();
    assertThat(get("/page.css").body()).doesNotContain("url(", "@import");
    assertThat(get("/page.js").body() + get("/zone.js").body())
        .doesNotContain("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(")
        .doesNotContain("localStorage", "cookie")
        .satisfies(
            script ->
                assertThat(script.replace("http://www.w3.org/2000/svg", ""))
                    .doesNotContain("http:", "https:"));
  }

  @Test
  void theScriptCallsOnlyRoutesThatThereAre() throws Exception {
    String routes =
        Files.readString(Path.of("src/main/java/org/keyward/admin/StatusRoutes.java"))
            + Files.readString(Path.of("src/main/java/org/keyward/admin/ZoneRoutes.java"))
            + Files.readString(Path.of("src/main/java/org/keyward/admin/SigningRoutes.java"))
            + Files.readString(Path.of("src/main/java/org/keyward/admin/RollRoutes.java"))
            + Files.readString(Path.of("src/main/java/org/keyward/admin/PolicyRoutes.java"))
            + Files.readString(Path.of("src/main/java/org/keyward/admin/AuditRoutes.java"));
    var calls =
        Pattern.compile("get\\(\"(/[a-z/]+)\"")
            .matcher(get("/page.js").body() + get("/zone.js").body());
    int found = 0;
    while (calls.find()) {
      assertThat(routes).contains('"' + calls.group(1) + '"');
      found++;
    }
    assertThat(found).isGreaterThan(8);
  }
}
