package org.keyward.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Chromium without a window, steered over its DevTools protocol. */
final class Browser implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  /** What the page complained of: exceptions, refusals of the content policy, failed loads. */
  final List<String> complaints = new CopyOnWriteArrayList<>();

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger count = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();

  Browser(Path profile) throws Exception {
    process =
        new ProcessBuilder(
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--window-size=1280,900",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .start();
    int port = port();
    HttpClient client = HttpClient.newHttpClient();
    URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
    JsonNode pages =
        JSON.readTree(
            client.send(HttpRequest.newBuilder(list).build(), BodyHandlers.ofString()).body());
    socket =
        client
            .newWebSocketBuilder()
            .buildAsync(
                URI.create(pages.get(0).get("webSocketDebuggerUrl").asText()), new Listener())
            .get(20, TimeUnit.SECONDS);
    for (String domain : List.of("Page", "Runtime", "Log")) {
      send(domain + ".enable", Map.of());
    }
  }

  private int port() throws Exception {
    BufferedReader printed =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = printed.readLine(); line != null; line = printed.readLine()) {
      if (line.contains("DevTools listening on ws://")) {
        drain(printed);
        return URI.create(line.replaceAll(".*(ws://\\S+).*", "$1")).getPort();
      }
    }
    throw new AssertionError("chromium ended at once");
  }

  /** What nobody reads would stop chromium in the end. */
  private static void drain(BufferedReader printed) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (printed.readLine() != null) {
                  // of no interest
                }
              } catch (java.io.IOException e) {
                return; // it has ended
              }
            },
            "chromium-output");
    thread.setDaemon(true);
    thread.start();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        receive(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private void receive(String message) {
    try {
      JsonNode node = JSON.readTree(message);
      if (node.has("id")) {
        waiting.remove(node.get("id").asInt()).complete(node);
      } else if (node.get("method").asText().equals("Runtime.exceptionThrown")) {
        complaints.add(node.at("/params/exceptionDetails").toString());
      } else if (node.get("method").asText().equals("Log.entryAdded")) {
        complaints.add(node.at("/params/entry/text").asText());
      }
    } catch (java.io.IOException e) {
      complaints.add(e.toString());
    }
  }

  JsonNode send(String method, Map<String, Object> parameters) throws Exception {
    int id = count.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    ObjectNode command = JSON.createObjectNode().put("id", id).put("method", method);
    command.set("params", JSON.valueToTree(parameters));
    socket.sendText(command.toString(), true).get(20, TimeUnit.SECONDS);
    JsonNode got = answer.get(30, TimeUnit.SECONDS);
    if (got.has("error")) {
      throw new AssertionError(method + ": " + got.get("error"));
    }
    return got.get("result");
  }

  /** Runs a script in the page and gives what it comes to, as text. */
  String run(String script) throws Exception {
    JsonNode result =
        send(
            "Runtime.evaluate",
            Map.of("expression", script, "awaitPromise", true, "returnByValue", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(script + ": " + result.get("exceptionDetails"));
    }
    return result.at("/result/value").asText();
  }

  String text() throws Exception {
    return run("document.body ? document.body.innerText : ''");
  }

  /** Waits until the page says this. */
  void await(String text) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!text().contains(text)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("'" + text + "' does not appear in:\n" + text());
      }
      Thread.sleep(50);
    }
  }

  /** Waits until a script comes to this. */
  void await(String script, String value) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!run(script).equals(value)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(script + " is " + run(script) + " and not " + value);
      }
      Thread.sleep(50);
    }
  }

  /** Presses a key and lets it go: Tab, Enter. */
  void key(String name) throws Exception {
    Map<String, Object> key = new java.util.HashMap<>(Map.of("key", name, "code", name));
    key.put("windowsVirtualKeyCode", name.equals("Enter") ? 13 : 9);
    if (name.equals("Enter")) {
      key.put("text", "\r");
    }
    for (String event : List.of("keyDown", "keyUp")) {
      key.put("type", event);
      send("Input.dispatchKeyEvent", key);
    }
  }

  /** What axe-core finds: what people cannot use who do not see the page, or have no mouse. */
  List<String> axe() throws Exception {
    if (run("typeof axe").equals("undefined")) {
      try (var in = Browser.class.getResourceAsStream("/axe.min.js")) {
        run(new String(in.readAllBytes(), StandardCharsets.UTF_8) + "; ''");
      }
    }
    String found =
        run(
            "axe.run(document).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.help"
                + " + ' ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + n.failureSummary)"
                + ".join(' | '))))");
    List<String> violations = new java.util.ArrayList<>();
    JSON.readTree(found).forEach(violation -> violations.add(violation.asText()));
    return violations;
  }

  void shoot(Path file) throws Exception {
    JsonNode shot = send("Page.captureScreenshot", Map.of("format", "png"));
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(shot.get("data").asText()));
  }

  @Override
  public void close() {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
  }
}
