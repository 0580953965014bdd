package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.TestDatabase;

/** The page as a person sees it; screenshots stay in {@code target/screenshots}. */
@Tag("long")
class PageInBrowserTest {
  private static final Path SHOTS = Path.of("target/screenshots");

  /** Which views there are, and what tells that each is drawn. */
  private static final Map<String, String> VIEWS =
      Map.of(
          "zones", "100 rows",
          "tokens", "PKCS#11 tokens",
          "keys", "With fitting DS",
          "rolls", "It waits",
          "findings", "What is wrong",
          "requests", "What people asked for",
          "audit", "zone signed");

  /** A person waits so long without wondering; with two cores that others use too. */
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  @TempDir Path dir;
  private AdminServer server;
  private Browser browser;

  @BeforeEach
  void open() throws Exception {
    server = new AdminServer(dir, true);
    browser = new Browser(dir.resolve("profile"));
    browser.send("Page.navigate", Map.of("url", server.address() + "/"));
    browser.await("Sign in");
  }

  @AfterEach
  void close() {
    browser.close();
    server.close();
  }

  @Test
  void aPersonSignsInAndFindsTheirWay() throws Exception {
    signedZones(server, 120);
    ask(server);
    // The keyboard is where it is needed.
    browser.await("document.activeElement.id", "token");
    type(browser, "kwt_wrong");
    browser.await("This token is not good");
    browser.complaints.removeIf(complaint -> complaint.contains("401"));
    type(browser, server.secondOperator);
    browser.await("z1.example");
    browser.run("location.hash = '#zone/signed.example'");
    browser.await("DS for the parent");
    browser.await("Copy");
    visit("requests");
    // What people write is text and nothing else.
    assertThat(browser.text()).contains("<img src=x onerror=alert(1)>");
    assertThat(browser.run("String(document.images.length)")).isEqualTo("0");
    browser.run("document.querySelector('#view table button').click()");
    browser.await("approval done");
    browser.run("document.getElementById('leave').click()");
    browser.await("Signed out");
    assertThat(browser.run("String(sessionStorage.length)")).isEqualTo("0");
    assertThat(browser.complaints).isEmpty();
  }

  @Test
  void everyViewIsThereForEveryoneOnEveryScreen() throws Exception {
    signedZones(server, 120);
    ask(server);
    browser.shoot(SHOTS.resolve("sign-in.png"));
    List<String> wrong = new ArrayList<>(violations("sign-in"));
    type(browser, server.secondOperator);
    browser.await("z1.example");
    for (Screen screen : Screen.values()) {
      screen.show(browser);
      for (String view : VIEWS.keySet()) {
        visit(view);
        wrong.addAll(seen(view, screen));
      }
      browser.run("location.hash = '#zone/signed.example'");
      browser.await("DS for the parent");
      wrong.addAll(seen("zone", screen));
    }
    assertThat(wrong).isEmpty();
    // It does find what is there.
    browser.run("document.querySelector('#view').append(document.createElement('button'))");
    assertThat(violations("")).singleElement().asString().contains("button-name");
    assertThat(browser.complaints).isEmpty();
  }

  private List<String> seen(String view, Screen screen) throws Exception {
    String name = view + "-" + screen.name().toLowerCase(java.util.Locale.ROOT);
    browser.shoot(SHOTS.resolve(name + ".png"));
    assertThat(
            browser.run(
                "String(document.documentElement.scrollWidth <= document.body.clientWidth)"))
        .as("%s fits into the width of the screen", name)
        .isEqualTo("true");
    return violations(name);
  }

  private List<String> violations(String where) throws Exception {
    return browser.axe().stream().map(violation -> where + ": " + violation).toList();
  }

  /** What a person has before them. */
  private enum Screen {
    LIGHT("light", 1280, 900, 1),
    DARK("dark", 1280, 900, 1),
    PHONE("light", 390, 844, 2),
    NARROW("dark", 320, 640, 2);

    private final String colours;
    private final int width;
    private final int height;
    private final int scale;

    Screen(String colours, int width, int height, int scale) {
      this.colours = colours;
      this.width = width;
      this.height = height;
      this.scale = scale;
    }

    void show(Browser browser) throws Exception {
      browser.send(
          "Emulation.setEmulatedMedia",
          Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
      browser.send(
          "Emulation.setDeviceMetricsOverride",
          Map.of(
              "width", width, "height", height, "deviceScaleFactor", scale, "mobile", scale > 1));
    }
  }

  @Test
  void theKeyboardIsEnough() throws Exception {
    signedZones(server, 120);
    type(browser, server.operator);
    browser.await("z1.example");
    // The form is gone; who cannot see that goes on with what came instead.
    browser.await("document.activeElement.id", "main");
    click("keys");
    browser.await("With fitting DS");
    browser.send("Page.reload", Map.of());
    browser.await("With fitting DS");
    browser.key("Tab");
    assertThat(focused()).isEqualTo("Skip to content");
    browser.key("Enter");
    browser.await("document.activeElement.id", "main");
    assertThat(browser.run("location.hash")).isEqualTo("#keys");
    click("zones");
    browser.await("100 rows");
    for (int presses = 0; !focused().equals("Next page"); presses++) {
      browser.key("Tab");
      assertThat(presses).as("presses of the tab key, now at " + focused()).isLessThan(150);
      assertThat(
              browser.run(
                  "getComputedStyle(document.activeElement).outlineStyle + ' '"
                      + " + getComputedStyle(document.activeElement).outlineWidth"))
          .as("outline of what has the focus: %s", focused())
          .isNotEqualTo("none 0px");
    }
    browser.key("Enter");
    browser.await("21 rows");
    browser.await("document.activeElement.getAttribute('aria-label')", "Zones");
  }

  private String focused() throws Exception {
    return browser.run("(document.activeElement.innerText || document.activeElement.id || '')");
  }

  @Test
  void aHundredThousandSignedZonesAreNoTrouble() throws Exception {
    signedZones(server, 100_000);
    Map<String, Duration> took = new java.util.TreeMap<>();
    took.put("sign in, zones by runway", timed(() -> type(browser, server.operator), "100 rows"));
    for (Map.Entry<String, String> view : VIEWS.entrySet()) {
      took.put("view " + view.getKey(), timed(() -> click(view.getKey()), view.getValue()));
    }
    took.put("zones again", timed(() -> click("zones"), "z1.example"));
    took.put("next page", timed(() -> press("Next page"), "First page"));
    took.put("search by runway", timed(() -> search("z9999"), "11 rows"));
    took.put("one zone", timed(() -> hash("#zone/z99999.example"), "DS for"));
    timed(() -> click("zones"), "100 rows");
    took.put("zones by name", timed(() -> order(browser, "name"), "100 rows"));
    took.put("search by name", timed(() -> search("z99999"), "1 row."));
    browser.shoot(SHOTS.resolve("zones-100000.png"));
    took.forEach(
        (what, time) -> System.out.println("page: " + what + ": " + time.toMillis() + " ms"));
    assertThat(took.values()).allSatisfy(time -> assertThat(time).isLessThan(PATIENCE));
    assertThat(browser.complaints).isEmpty();
  }

  @FunctionalInterface
  private interface Act {
    void run() throws Exception;
  }

  /** Until the page says that it is done, and shows this. */
  private Duration timed(Act act, String text) throws Exception {
    browser.run("document.getElementById('say').textContent = '?'");
    long begin = System.nanoTime();
    act.run();
    browser.await(
        "String(!['?', 'Loading …'].includes(document.getElementById('say').textContent))", "true");
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(browser.text()).contains(text);
    return took;
  }

  private void click(String view) throws Exception {
    // Where it is already, it goes away first; elsewhere that would be a view more to wait for.
    browser.run(
        "if (location.hash === '#"
            + view
            + "') location.hash = ''; document.querySelector('nav a[href=\"#"
            + view
            + "\"]').click()");
  }

  private void hash(String hash) throws Exception {
    browser.run("location.hash = '" + hash + "'");
  }

  private void press(String button) throws Exception {
    browser.run(
        "[...document.querySelectorAll('button')].find(b => b.textContent === '"
            + button
            + "').click()");
  }

  private void search(String text) throws Exception {
    browser.run("document.getElementById('f-search').value = '" + text + "'");
    browser.run("document.querySelector('form.filters').requestSubmit()");
  }

  /** So many zones as if they were signed with the same key, each until another time. */
  private static void signedZones(AdminServer server, int count) throws Exception {
    server.signedZone("signed.example");
    server.send(server.secondOperator, "POST", "/requests/1/approval", BodyPublishers.noBody());
    server.sign();
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute(
                  "INSERT INTO domains (name, type) SELECT 'z' || n || '.example', 'NATIVE'"
                      + " FROM generate_series(1, ?) n",
                  count);
              h.execute(
                  "WITH a AS MATERIALIZED (SELECT * FROM keyward.assignment)"
                      + " INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity,"
                      + " step, offset_before, runway, dnskey_ttl, planned_until, assigned_at,"
                      + " assigned_by, reason) SELECT d.id, d.name, a.key_id, a.mode, 'signed',"
                      + " a.validity, a.step, a.offset_before, a.runway, a.dnskey_ttl,"
                      + " a.planned_until, now(), 'os:x', '' FROM domains d, a WHERE d.name LIKE 'z%'");
              h.execute(
                  "INSERT INTO keyward.signed_set (assignment_id, active_from, inception,"
                      + " expiration, signature, ttl, zsks, ksks, signer) SELECT a.id, n, 0,"
                      + " extract(epoch FROM now())::BIGINT + 86400 * (7 * n + a.id % 7), '', 60, '{}', '{1}', 1"
                      + " FROM keyward.assignment a, generate_series(1, 5) n"
                      + " WHERE assigned_by = 'os:x'");
              h.execute(
                  "DELETE FROM keyward.signed_set WHERE active_from > 2 AND assignment_id IN"
                      + " (SELECT id FROM keyward.assignment WHERE zone IN ('z1.example',"
                      + " 'z2.example', 'z3.example'))");
              h.execute(
                  "DELETE FROM keyward.signed_set WHERE active_from > 1 AND assignment_id ="
                      + " (SELECT id FROM keyward.assignment WHERE zone = 'z1.example')");
              h.execute(
                  "UPDATE keyward.signed_set SET expiration = extract(epoch FROM now())::BIGINT"
                      + " + 2 * 86400 WHERE assignment_id = (SELECT id FROM keyward.assignment WHERE"
                      + " zone = 'z1.example')");
              h.execute(
                  "INSERT INTO keyward.roll (assignment_id, role, old_key, new_key, phase, since,"
                      + " pace, held, waits_for, waits_until, waits_since, serial, dnskey_ttl,"
                      + " data_ttl, look_at, began_at, began_by, reason)"
                      + " SELECT id, 'zsk', 0, 0, 'published', now(), 'lazy', zone = 'z3.example',"
                      + " 'caches', now(), now(), 0, 0, 0, now(), now(), 'os:x', ''"
                      + " FROM keyward.assignment WHERE zone IN ('z2.example', 'z3.example')");
              h.execute("ANALYZE");
            });
  }

  @Test
  void whoReplacesAKeySeesWhatItWaitsForAndCanHoldIt() throws Exception {
    signedZones(server, 5);
    type(browser, server.secondOperator);
    browser.await("z1.example");
    click("rolls");
    browser.await("Waits for a person");
    assertThat(browser.text())
        .contains("ZSK – for –", "It waits since", "caches have forgotten")
        .contains("It is held since", "'keyward roll resume z3.example' lets it go on");
    assertThat(browser.run("String(document.querySelectorAll('#view table button').length)"))
        .isEqualTo("2");
    browser.run("location.hash = '#zone/signed.example'");
    browser.await("Keys of the zone");
    assertThat(browser.text())
        .contains("signed.example has no roll under way", "active", "The next 90 days");
    // One picture and one sentence, as 'keyward roll show' has it.
    long request =
        AdminServer.JSON
            .readTree(
                server
                    .send(
                        server.operator,
                        "POST",
                        "/zones/signed.example/rolls",
                        BodyPublishers.ofString("{}"))
                    .body())
            .get("request")
            .asLong();
    server.sign(); // it waits then
    server.send(
        server.secondOperator,
        "POST",
        "/requests/" + request + "/approval",
        BodyPublishers.noBody());
    server.sign();
    assertThat(server.json("/requests/" + request).get("state").asText()).isEqualTo("done");
    String says = server.json("/zones/signed.example/rolls").get("says").asText();
    hash("#rolls");
    browser.await("What runs");
    hash("#zone/signed.example");
    browser.await("takes the place of");
    assertThat(browser.text()).contains(says);
    assertThat(browser.run("document.querySelector('.phases [aria-current=step]').textContent"))
        .isEqualTo("entering");
    assertThat(browser.run("document.querySelector('#plan svg').getAttribute('aria-label')"))
        .contains("The next 90 days: ", "ZSK entering from ", "ZSK published from ", "KSK stays");
    assertThat(violations("zone with a roll")).isEmpty();
    for (Screen screen : Screen.values()) {
      screen.show(browser);
      assertThat(seen("zone-roll", screen)).isEmpty();
    }
    assertThat(browser.complaints).isEmpty();
  }

  @Test
  void whatWaitsForAPersonIsShownWithWhatToDo() throws Exception {
    signedZones(server, 10);
    ask(server);
    TestDatabase.jdbi(server.database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO keyward.roll (assignment_id, role, old_key, new_key, phase, since,"
                        + " pace, held, waits_for, waits_until, waits_since, serial, dnskey_ttl,"
                        + " data_ttl, look_at, began_at, began_by, reason)"
                        + " SELECT id, 'ksk', key_id, key_id, 'submitted', now(), 'lazy', false,"
                        + " 'parent', NULL, now(), 0, 0, 0, now(), now(), 'os:x', ''"
                        + " FROM keyward.assignment WHERE zone = 'signed.example'"));
    assertThat(server.json("/ds-due").get("items")).isNotEmpty();
    type(browser, server.secondOperator);
    browser.await("z1.example");
    click("rolls");
    browser.await("What waits for you");
    assertThat(browser.text()).contains("Requests that wait for a second person", "alice");
    assertThat(browser.text()).contains("DS to hand in at the parent", "It is at the parent");
    browser.run("confirm = () => true");
    press("It is at the parent");
    browser.await("signed.example: confirm is asked for.");
    assertThat(server.json("/requests").get("items").findValuesAsText("asks_for"))
        .anySatisfy(asked -> assertThat(asked).contains("signed.example", "parent"));
    assertThat(browser.complaints).isEmpty();
  }

  @Test
  void theFirstSentenceSaysHowItIsAndFollows() throws Exception {
    signedZones(server, 10);
    type(browser, server.operator);
    browser.await("All is well. As of ");
    ask(server);
    server.sign(); // the request waits then
    browser.run("refresh()");
    browser.await("1 critical finding, 1 warning, 1 request waits for a second person. As of ");
    assertThat(browser.run("document.querySelector('nav a[href=\"#findings\"]').textContent"))
        .isEqualTo("Findings2");
    assertThat(browser.run("document.querySelector('nav a[href=\"#requests\"]').textContent"))
        .isEqualTo("Requests1");
    click("findings");
    browser.await("key missing: 1");
    assertThat(browser.text()).contains("key unused: 1", "restore it");
    for (Screen screen : Screen.values()) {
      screen.show(browser);
      assertThat(seen("findings-by-kind", screen)).isEmpty();
    }
    assertThat(browser.complaints).isEmpty();
  }

  @Test
  void nothingOfOneViewIsLeftInAnother() throws Exception {
    assertThat(browser.run("getComputedStyle(document.getElementById('nav')).display"))
        .as("before anybody has signed in")
        .isEqualTo("none");
    signedZones(server, 120);
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute("INSERT INTO domains (name, type) VALUES ('a.unsigned.test', 'NATIVE')");
              h.execute(
                  "UPDATE keyward.signed_set SET expiration = extract(epoch FROM now())::BIGINT"
                      + " - 7300 WHERE assignment_id = (SELECT id FROM keyward.assignment"
                      + " WHERE zone = 'z1.example')");
            });
    Screen.PHONE.show(browser);
    type(browser, server.operator);
    browser.await("100 rows");
    assertThat(browser.text())
        .as("what Keyward does not sign, too")
        .contains("a.unsigned.test")
        .contains("expired 2 h ago");
    browser.run("scrollTo(0, 3000)");
    click("tokens");
    browser.await("PKCS#11 tokens");
    assertThat(browser.run("String(scrollY)")).as("the header is in sight").isEqualTo("0");
    hash("#zone/signed.example");
    browser.await("DS for the parent");
    hash("#zone/nothing.test");
    browser.await("there is no zone");
    assertThat(browser.text()).contains("Zone nothing.test").doesNotContain("DS for the parent");
  }

  @Test
  void aZoneShowsItsChainWhoAssignedItAndWhatCanBeDone() throws Exception {
    server.signedZone("signed.example"); // waits for a second person
    server.send(server.secondOperator, "POST", "/requests/1/approval", BodyPublishers.noBody());
    server.sign();
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute("UPDATE keyward.assignment SET reason = 'first of all zones'");
              h.execute(
                  "INSERT INTO keyward.finding (kind, subject, severity, message, todo, first_seen)"
                      + " VALUES ('ds-missing', 'signed.example', 'warning', 'no DS is there',"
                      + " 'give it', now()), ('ds-missing', 'other.example', 'warning',"
                      + " 'of another zone', 'give it', now())");
            });
    type(browser, server.operator);
    browser.await("signed.example");
    hash("#zone/signed.example");
    browser.await("DS for the parent");
    String tag = server.json("/zones?search=signed").at("/items/0/key_tag").asText();
    assertThat(browser.run("document.querySelector('.chain').innerText"))
        .contains("DS at the parent", "not asked yet", "KSK", tag, "on token t")
        .contains("ZSK", "signs", "Data", "until ");
    assertThat(browser.run("document.querySelectorAll('.chain li.good').length + ''"))
        .isEqualTo("3");
    assertThat(browser.run("document.querySelector('#over-time svg').getAttribute('aria-label')"))
        .contains("now is ", "the DNSKEY set has signatures until ", "KSK " + tag + " is active");
    assertThat(browser.text())
        .contains("Assigned ", "by api:alice: first of all zones", "no DS is there")
        .doesNotContain("of another zone");
    press("Stop signing …");
    browser.await("Nothing has changed yet.");
    assertThat(browser.run("document.activeElement.id")).isEqualTo("reason");
    assertThat(server.json("/requests").get("items")).hasSize(1);
    for (Screen screen : Screen.values()) {
      screen.show(browser);
      assertThat(seen("zone-chain", screen)).isEmpty();
    }
    browser.send("Input.insertText", Map.of("text", "moves away"));
    browser.key("Enter");
    browser.await("signed.example: asked for, as request 2.");
    assertThat(server.json("/requests/2").get("reason").asText()).isEqualTo("moves away");
    breakChain("signed.example");
    press("Check again");
    browser.await("bogus for resolvers");
    assertThat(
            browser.run(
                "[...document.querySelectorAll('.chain .bad b')].map(b => b.innerText) + ''"))
        .isEqualTo("DS at the parent,Data");
    expire("signed.example");
    press("Check again");
    browser.await("expired 2 h ago");
    assertThat(
            browser.run(
                "[...document.querySelectorAll('.chain .bad b')].map(b => b.innerText) + ''"))
        .isEqualTo("DS at the parent,KSK,Data");
    server.send(
        server.operator,
        "PUT",
        "/zones/new.example/records",
        BodyPublishers.ofString("@ 60 IN SOA ns1 hm 1 10800 3600 604800 3600\n@ 60 IN NS ns1\n"));
    hash("#zone/new.example");
    browser.await("Sign with this key …");
    press("Sign with this key …");
    browser.await("Sign new.example with t / powerdns");
    press("Yes, ask the signer");
    browser.await("new.example: asked for, as request 3.");
    assertThat(browser.complaints).isEmpty();
  }

  @Test
  void commandsOfFindingsCanBeCopiedAndWhatPowerDnsSignsIsCalledSo() throws Exception {
    server.signedZone("signed.example");
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute("INSERT INTO domains (name, type) VALUES ('live.example', 'NATIVE')");
              h.execute(
                  "INSERT INTO cryptokeys (domain_id, flags, active, published, content) SELECT id,"
                      + " 257, true, true, E'Private-key-format: v1.2\\nAlgorithm: 13 (ECDSAP256SHA256)"
                      + "\\nPrivateKey: ' || encode(sha256('x'), 'base64') || E'\\n'"
                      + " FROM domains WHERE name = 'live.example'");
              h.execute(
                  "INSERT INTO keyward.finding (kind, subject, severity, message, todo, first_seen)"
                      + " VALUES ('ds-missing', 'signed.example', 'warning', 'no DS is there',"
                      + " 'give the parent what ''keyward ds signed.example'' prints', now())");
            });
    type(browser, server.operator);
    browser.await("live.example");
    assertThat(browser.text()).contains("signed by PowerDNS");
    click("findings");
    browser.await("give the parent what");
    browser.run(
        "navigator.clipboard.writeText = async text => { document.title = 'copied ' + text; }");
    browser.run("document.querySelector('#view td button').click()");
    browser.await("document.title", "copied keyward ds signed.example");
    assertThat(violations("findings with a command")).isEmpty();
    hash("#zone/live.example");
    browser.await("signed by PowerDNS, not by Keyward");
    assertThat(browser.complaints).isEmpty();
  }

  @Test
  void aBarOfTheChartOpensItsZones() throws Exception {
    signedZones(server, 30);
    expire("z1.example");
    type(browser, server.operator);
    browser.await("z30.example");
    assertThat(browser.text())
        .contains("1 zone without a valid signature. As of ")
        .contains("expired or less than 3 days", "less than 14 days", "14 days or more");
    assertThat(
            browser.run(
                "[...document.querySelectorAll('svg.runway text')].map(t => t.textContent) + ''"))
        .startsWith("0,")
        .contains("3 days", "14 days", "expired");
    browser.run("document.querySelectorAll('svg.runway a')[1].focus()");
    assertThat(browser.run("document.activeElement.getAttribute('aria-label')")).endsWith(" left");
    String bar = "document.querySelector('svg.runway a:has(rect.plenty)')";
    browser.run(bar + ".focus()");
    int zones =
        Integer.parseInt(
            browser.run(bar + ".getAttribute('aria-label')").replaceAll(" zones? .*", ""));
    browser.key("Enter");
    browser.await("Zones with signatures until ");
    browser.await("String(document.getElementById('say').textContent.endsWith('.'))", "true");
    assertThat(zones).isPositive();
    assertThat(browser.run("document.querySelector('#view tbody').innerText"))
        .contains("z30.example")
        .doesNotContain("z1.example");
    for (Screen screen : Screen.values()) {
      screen.show(browser);
      assertThat(seen("zones-of-a-bar", screen)).isEmpty();
    }
    Screen.LIGHT.show(browser);
    hash("#zones");
    browser.await("31 rows.");
    browser.run("document.querySelector('svg.runway a[aria-label$=expired]').focus()");
    browser.key("Enter");
    browser.await("What expires next");
    browser.await("document.querySelector('#view tbody a')?.textContent", "z1.example");
    browser.run("scrollTo(0, 0)");
    browser.shoot(SHOTS.resolve("runway.png"));
    assertThat(browser.complaints).isEmpty();
  }

  /** The DS fits no key; and the signer has looked at what is on the token. */
  private void breakChain(String zone) {
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute(
                  "INSERT INTO keyward.parent_view SELECT id, 'bogus', '', now()"
                      + " FROM public.domains WHERE name = ? ON CONFLICT (domain_id)"
                      + " DO UPDATE SET verdict = 'bogus'",
                  zone);
              h.execute(
                  "INSERT INTO keyward.token_key SELECT token_name, token_serial, label, cka_id,"
                      + " algorithm, public_key, key_tag FROM keyward.key");
            });
  }

  private void expire(String zone) {
    TestDatabase.jdbi(server.database)
        .useHandle(
            h ->
                h.execute(
                    "UPDATE keyward.signed_set SET expiration = extract(epoch FROM now())::BIGINT"
                        + " - 7300 WHERE assignment_id = (SELECT id FROM keyward.assignment"
                        + " WHERE zone = ?)",
                    zone));
  }

  /** A request that waits, and a finding of each severity. */
  private static void ask(AdminServer server) throws Exception {
    server.send(
        server.operator,
        "DELETE",
        "/zones/z7.example?insist=true&reason=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        BodyPublishers.noBody());
    TestDatabase.jdbi(server.database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO keyward.finding (kind, subject, severity, message, todo, first_seen)"
                        + " VALUES ('key-missing', 'S/a', 'critical', 'key ''a'' is gone', 'restore it', now()),"
                        + " ('pin', 'office', 'warning', 'a wrong PIN was tried lately', 'look', now()),"
                        + " ('key-unused', 'S/b', 'info', 'key ''b'' is used by no zone', 'nothing', now())"));
  }

  private static void type(Browser browser, String token) throws Exception {
    browser.run("document.getElementById('token').focus()");
    browser.send("Input.insertText", Map.of("text", token));
    browser.key("Enter");
  }

  private static void order(Browser browser, String by) throws Exception {
    browser.run(
        "{ const s = document.getElementById('f-order'); s.value = '"
            + by
            + "'; s.dispatchEvent(new Event('change')); }");
  }

  private void visit(String view) throws Exception {
    browser.run("document.getElementById('view').replaceChildren()");
    click(view);
    browser.await(VIEWS.get(view));
  }
}
