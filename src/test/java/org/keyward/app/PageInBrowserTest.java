package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.TestDatabase;

/** The page as a person sees it; screenshots stay in {@code target/screenshots}. */
@Tag("long")
class PageInBrowserTest {
  private static final Path SHOTS = Path.of("target/screenshots");

  @Test
  void aPersonSignsInAndFindsTheirWay(@TempDir Path dir) throws Exception {
    try (AdminServer server = new AdminServer(dir, true);
        Browser browser = new Browser(dir.resolve("profile"))) {
      fill(server);
      browser.send("Page.navigate", Map.of("url", server.address() + "/"));
      browser.await("Sign in");
      // The keyboard is where it is needed.
      browser.await("document.activeElement.id", "token");
      type(browser, "kwt_wrong");
      browser.await("This token is not good");
      browser.complaints.removeIf(complaint -> complaint.contains("401"));
      type(browser, server.secondOperator);
      browser.await("signed.example");
      browser.await("100 rows");
      browser.shoot(SHOTS.resolve("zones-light.png"));
      browser.send(
          "Emulation.setEmulatedMedia",
          Map.of(
              "features",
              java.util.List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
      browser.shoot(SHOTS.resolve("zones-dark.png"));

      order(browser, "name");
      browser.run("document.getElementById('f-search').value = 'z149999'");
      browser.run("document.querySelector('form.filters').requestSubmit()");
      browser.await("1 rows");
      browser.run("location.hash = '#zone/signed.example'");
      browser.await("DS for the parent");
      browser.await("Copy");
      visit(browser, "tokens", "PKCS#11 tokens");
      visit(browser, "keys", "With fitting DS");
      visit(browser, "findings", "What is wrong");
      visit(browser, "audit", "zone signed");
      visit(browser, "requests", "Approve");
      // What people write is text and nothing else.
      assertThat(browser.text()).contains("<img src=x onerror=alert(1)>");
      assertThat(browser.run("String(document.images.length)")).isEqualTo("0");
      browser.run("document.querySelector('#view table button').click()");
      browser.await("approval done");

      browser.send(
          "Emulation.setDeviceMetricsOverride",
          Map.of("width", 390, "height", 844, "deviceScaleFactor", 2, "mobile", true));
      visit(browser, "zones", "signed.example");
      assertThat(browser.run("String(document.documentElement.scrollWidth <= 390)"))
          .isEqualTo("true");
      browser.shoot(SHOTS.resolve("zones-phone.png"));
      // Every control and every table has a name for who does not see it.
      assertThat(
              browser.run(
                  "String([...document.querySelectorAll('button, input, select, svg, table')]"
                      + ".filter(e => !(e.innerText || '').trim() && !e.ariaLabel"
                      + " && !(e.labels && e.labels.length)).length)"))
          .isEqualTo("0");
      browser.run("document.getElementById('leave').click()");
      browser.await("Signed out");
      assertThat(browser.run("String(sessionStorage.length)")).isEqualTo("0");
      assertThat(browser.complaints).isEmpty();
    }
  }

  private static void fill(AdminServer server) throws Exception {
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute(
                  "INSERT INTO domains (name, type) SELECT 'z' || n || '.example', 'NATIVE'"
                      + " FROM generate_series(50000, 150000) n");
              h.execute(
                  "INSERT INTO domains (name, type) SELECT 's' || n || '.example', 'NATIVE'"
                      + " FROM generate_series(1, 120) n");
            });
    server.signedZone("signed.example");
    server.send(server.secondOperator, "POST", "/requests/1/approval", BodyPublishers.noBody());
    server.sign();
    // As if a hundred and twenty more were signed with the same key, each for so many days.
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute(
                  "INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity,"
                      + " step, offset_before, runway, dnskey_ttl, planned_until, assigned_at,"
                      + " assigned_by, reason) SELECT d.id, d.name, a.key_id, a.mode, 'signed',"
                      + " a.validity, a.step, a.offset_before, a.runway, a.dnskey_ttl,"
                      + " a.planned_until, now(), 'os:x', '' FROM domains d, keyward.assignment a"
                      + " WHERE d.name LIKE 's%.example' AND d.name <> 'signed.example'");
              h.execute(
                  "INSERT INTO keyward.signed_set (assignment_id, active_from, inception,"
                      + " expiration, signature) SELECT id, 0, 0,"
                      + " extract(epoch FROM now())::BIGINT + 86400 * (35 + id % 7), ''"
                      + " FROM keyward.assignment WHERE assigned_by = 'os:x'");
              h.execute(
                  "UPDATE keyward.signed_set SET expiration = extract(epoch FROM now())::BIGINT"
                      + " + 2 * 86400 WHERE assignment_id = (SELECT id FROM keyward.assignment"
                      + " WHERE zone = 'signed.example')");
            });
    server.send(
        server.operator,
        "DELETE",
        "/zones/s1.example?reason=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        BodyPublishers.noBody());
  }

  private static void type(Browser browser, String token) throws Exception {
    browser.run("document.getElementById('token').focus()");
    browser.send("Input.insertText", Map.of("text", token));
    for (String event : java.util.List.of("keyDown", "keyUp")) {
      browser.send(
          "Input.dispatchKeyEvent",
          Map.of("type", event, "key", "Enter", "text", "\r", "windowsVirtualKeyCode", 13));
    }
  }

  private static void order(Browser browser, String by) throws Exception {
    browser.run(
        "{ const s = document.getElementById('f-order'); s.value = '"
            + by
            + "'; s.dispatchEvent(new Event('change')); }");
    browser.await("z");
  }

  private static void visit(Browser browser, String view, String text) throws Exception {
    browser.run("document.querySelector('nav a[href=\"#" + view + "\"]').click()");
    browser.await(text);
    browser.shoot(SHOTS.resolve(view + ".png"));
  }
}
