package org.keyward.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.admin.AdminApi;
import org.keyward.admin.Role;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.ConfigLoader;
import org.keyward.config.KeywardConfig;
import org.keyward.config.ListenAddress;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.http.Admission;
import org.keyward.http.HttpListener;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.store.Database;
import org.keyward.store.PostgresSigning;
import org.keyward.store.RequestDesk;
import org.keyward.store.TestDatabase;
import org.keyward.web.Page;

/** The admin API on a port of its own, a real database, and a signer with a token in software. */
final class AdminServer implements AutoCloseable {
  static final JsonMapper JSON = new JsonMapper();

  final Database database = TestDatabase.create();
  final SoftwareTokens tokens = new SoftwareTokens(1000, "powerdns");
  final AdminApi api;
  final String operator;
  final String secondOperator;
  final String auditor;
  final KeywardConfig config;
  private final Storage storage;
  private final HttpListener listener;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Signer signer;

  AdminServer(Path dir, boolean twoPerson) throws Exception {
    String name =
        TestDatabase.jdbi(database)
            .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    Files.writeString(dir.resolve("password"), psql.get("PGPASSWORD"));
    Path file =
        Files.writeString(
            dir.resolve("keyward.yaml"),
            """
            data-dir: %1$s/data
            database: { url: "jdbc:postgresql://127.0.0.1:%2$s/%3$s", user: %4$s, password-file: %1$s/password }
            admin: { two-person: %5$s }
            secrets: { key-file: %1$s/seal }
            """
                .formatted(dir, psql.get("PGPORT"), name, psql.get("PGUSER"), twoPerson));
    org.keyward.config.SealKey.readOrCreate(dir.resolve("seal"));
    config = ConfigLoader.load(Optional.of(file), Map.of());
    storage = Storage.open(config);
    if (twoPerson) {
      new RequestDesk(database).needTwoPeople("signer:test", Instant.now());
    }
    AdminApi.Desks desks = AdminDesks.of(storage, config);
    operator = desks.tokens().create("alice", Role.OPERATOR, Optional.empty(), "os:root@host");
    secondOperator = desks.tokens().create("bob", Role.OPERATOR, Optional.empty(), "os:root@host");
    auditor = desks.tokens().create("eve", Role.AUDITOR, Optional.empty(), "os:root@host");
    api = new AdminApi(desks, "test", new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    ListenAddress address = new ListenAddress("127.0.0.1", 0);
    listener =
        HttpListener.start(
            "admin.http",
            address,
            Admission.withPage(address, List.of()),
            routes -> {
              api.register(routes);
              new Page().register(routes);
            });
    signer =
        new Signer(
            new PostgresSigning(database, new Seal(Secret.of(new byte[32])), "signer:test"),
            tokens,
            ParentDs.NOT_ASKED,
            SigningSettings.DEFAULT,
            new DatabaseClock());
  }

  String address() {
    return "http://127.0.0.1:" + listener.port();
  }

  void sign() {
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
  }

  /** Makes a zone and lets the signer sign it. */
  void signedZone(String zone) throws Exception {
    String records = "@ 60 IN SOA ns1 hm 1 10800 3600 604800 3600\n@ 60 IN NS ns1\n";
    send(operator, "PUT", "/zones/" + zone + "/records", BodyPublishers.ofString(records));
    String key = "{\"token\":\"t\",\"label\":\"powerdns\"}";
    send(operator, "POST", "/zones/" + zone + "/assignment", BodyPublishers.ofString(key));
    sign();
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(auditor, "GET", path, BodyPublishers.noBody());
  }

  JsonNode json(String path) throws Exception {
    HttpResponse<String> response = get(path);
    if (response.statusCode() != 200) {
      throw new AssertionError(path + ": " + response.body());
    }
    return JSON.readTree(response.body());
  }

  JsonNode description() throws Exception {
    return JSON.readTree(send("", "GET", "/openapi.json", BodyPublishers.noBody()).body());
  }

  /** Where a value is not as the API's description has it. */
  List<String> faults(String schema, JsonNode value) throws Exception {
    ObjectNode whole = JSON.createObjectNode();
    whole.set("components", description().get("components"));
    whole.put("$ref", "#/components/schemas/" + schema);
    JsonSchema rules = JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(whole);
    return rules.validate(value).stream().map(Object::toString).toList();
  }

  HttpResponse<String> send(String token, String method, String path, BodyPublisher body)
      throws Exception {
    String below = path.equals("/openapi.json") ? path : AdminApi.PREFIX + path;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address() + below)).method(method, body);
    if (!method.equals("GET")) {
      request.header("Content-Type", "application/json");
    }
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Override
  public void close() {
    listener.close();
    storage.close();
    database.close();
  }
}
