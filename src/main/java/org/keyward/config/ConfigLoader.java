package org.keyward.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.keyward.config.SigningSettings.ParentCheck;

/**
 * Reads the configuration: {@code --config}, else {@code $KEYWARD_CONFIG}, else {@code
 * /etc/keyward/keyward.yaml}, else the built-in default with an embedded database. Every key can
 * also come from the environment, which wins.
 */
public final class ConfigLoader {
  static final Path SYSTEM_FILE = Path.of("/etc/keyward/keyward.yaml");
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  /** In the place of an address, the word for the embedded database. */
  private static final String EMBEDDED = "embedded";

  private static final Set<String> MODES =
      new java.util.TreeSet<>(Set.of("presigned", "split", "powerdns"));

  private final Map<String, String> environment;
  private final List<String> problems = new ArrayList<>();

  private ConfigLoader(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * The configuration in force.
   *
   * @throws ConfigException naming every problem
   */
  public static KeywardConfig load(Optional<Path> option, Map<String, String> environment) {
    return load(option, environment, SYSTEM_FILE);
  }

  static KeywardConfig load(
      Optional<Path> option, Map<String, String> environment, Path systemFile) {
    return new ConfigLoader(environment).load(find(option, environment, systemFile));
  }

  private static Optional<Path> find(
      Optional<Path> option, Map<String, String> environment, Path systemFile) {
    return option
        .or(
            () ->
                Optional.ofNullable(environment.get("KEYWARD_CONFIG"))
                    .filter(file -> !file.isBlank())
                    .map(Path::of))
        // One in a folder that this user may not enter is there all the same.
        .or(() -> Optional.of(systemFile).filter(there -> !Files.notExists(there)))
        .map(Path::toAbsolutePath);
  }

  private KeywardConfig load(Optional<Path> file) {
    String source = file.map(Path::toString).orElse("environment");
    Section root =
        new Section(
            "", file.map(this::parse).orElse(MissingNode.getInstance()), environment, problems);
    Path dataDir = root.path("data-dir").orElseGet(this::defaultDataDir);
    boolean embedded = root.section("database").text("url").filter(EMBEDDED::equals).isPresent();
    Optional<DatabaseSettings> database = database(root.section("database"), embedded);
    boolean ownDatabase = root.section("database").isPresent() && !embedded;
    BackendSettings backend = backend(root.section("backend"), dataDir, ownDatabase);
    AdminSettings admin = admin(root.section("admin"));
    List<TokenSettings> tokens = tokens(root.child("tokens"));
    SigningSettings signing = signing(root.section("signing"));
    List<PowerDnsSettings> powerDns = powerDns(root.child("powerdns"));
    Optional<CacheSettings> cache = cache(root.section("cache"));
    LogSettings log = log(root.section("log"));
    Section secrets = root.section("secrets");
    Path sealKey = sealKey(secrets, dataDir, ownDatabase);
    Optional<Path> formerSealKey = formerSealKey(secrets);
    secrets.refuseUnknown();
    root.refuseUnknown();
    if (!problems.isEmpty()) {
      throw new ConfigException(source, problems);
    }
    return new KeywardConfig(
        file,
        dataDir,
        database,
        embedded,
        backend,
        admin,
        tokens,
        signing,
        powerDns,
        cache,
        log,
        sealKey,
        formerSealKey);
  }

  private JsonNode parse(Path file) {
    try {
      JsonNode node = YAML.readTree(Files.readAllBytes(file));
      return node.isNull() ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      String reason = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new ConfigException(file.toString(), List.of("line " + line + ": " + reason));
    } catch (NoSuchFileException e) {
      throw new ConfigException(
          file.toString(), List.of("there is no such file; name another with --config"));
    } catch (IOException e) {
      throw new ConfigException(
          file.toString(),
          List.of(
              "cannot be read by "
                  + System.getProperty("user.name")
                  + " ("
                  + SecretFile.reason(e)
                  + "); run the command as a user who may, or name another file with --config"));
    }
  }

  private Path defaultDataDir() {
    String data = environment.getOrDefault("XDG_DATA_HOME", "");
    Path base =
        data.isBlank() ? Path.of(System.getProperty("user.home"), ".local/share") : Path.of(data);
    return base.resolve("keyward").toAbsolutePath();
  }

  private Optional<DatabaseSettings> database(Section section, boolean embedded) {
    boolean present = section.isPresent() && !embedded;
    Optional<String> url = section.text("url");
    Optional<String> user = section.text("user");
    Optional<Secret> password =
        section
            .value("password-file", file -> SecretFile.firstLine(Path.of(file)))
            .or(
                () ->
                    Optional.ofNullable(environment.get("KEYWARD_DATABASE_PASSWORD"))
                        .map(Secret::of));
    section
        .text("schema")
        .filter(schema -> !schema.equals("public"))
        .ifPresent(
            schema ->
                section.problem(
                    "schema",
                    "'" + schema + "' is not supported: PowerDNS's tables must be in public"));
    section.refuseUnknown();
    if (!present) {
      return Optional.empty();
    }
    if (url.isEmpty()) {
      section.problem("url", "is missing, for example jdbc:postgresql://localhost/pdns");
      return Optional.empty();
    }
    return section.attempt("url", () -> new DatabaseSettings(url.get(), user, password));
  }

  private static BackendSettings backend(Section section, Path dataDir, boolean ownDatabase) {
    Optional<ListenAddress> http = section.value("http", ListenAddress::parse);
    Optional<Path> unix = section.path("unix");
    List<String> hosts = hosts(section);
    String path = section.text("path").orElse(BackendSettings.DEFAULT_PATH);
    Optional<Path> secret = secretFile(section, dataDir, http.isPresent() && ownDatabase);
    boolean writes = section.value("writes", AdminSettings::yesOrNo, true);
    var mode =
        section.value(
            "unix-mode",
            BackendSettings::mode,
            BackendSettings.mode(BackendSettings.DEFAULT_UNIX_MODE));
    int transactions =
        section.value("transactions", Integer::parseInt, BackendSettings.DEFAULT_TRANSACTIONS);
    Duration idle = duration(section, "transaction-idle", BackendSettings.DEFAULT_TRANSACTION_IDLE);
    boolean present = section.isPresent();
    section.refuseUnknown();
    BackendSettings fallback =
        BackendSettings.of(
            Optional.of(BackendSettings.DEFAULT_HTTP),
            Optional.of(dataDir.resolve("pdns.sock")),
            secret);
    if (!present) {
      return fallback;
    }
    if (http.isEmpty() && unix.isEmpty()) {
      section.problem("http", "is missing: give http or unix, so that PowerDNS has a way in");
      return fallback;
    }
    return section
        .attempt(
            "path",
            () ->
                new BackendSettings(
                    http, hosts, unix, path, secret, writes, mode, transactions, idle))
        .orElse(fallback);
  }

  private static List<String> hosts(Section section) {
    return section.text("hosts").stream()
        .flatMap(text -> Stream.of(text.strip().split("[\\s,]+")))
        .toList();
  }

  /** Beside an embedded database Keyward makes one for itself. */
  private static Optional<Path> secretFile(Section section, Path dataDir, boolean needed) {
    Optional<String> said = section.text("secret-file");
    if (said.isPresent()) {
      return said.filter(text -> !text.equals(BackendSettings.NO_SECRET))
          .map(text -> Path.of(text).toAbsolutePath());
    }
    if (needed) {
      section.problem(
          "secret-file",
          "is missing; it holds the secret part of the path of backend.http, which PowerDNS has"
              + " no other login for; "
              + BackendSecret.howToMake(Path.of("/etc/keyward/backend-secret"))
              + ", or write 'none' where every local user may act as PowerDNS");
    }
    return Optional.of(dataDir.resolve("backend-secret"));
  }

  private static AdminSettings admin(Section section) {
    AdminSettings standard = AdminSettings.DEFAULT;
    ListenAddress http = section.value("http", ListenAddress::parse, standard.http());
    Optional<ListenAddress> signerHttp = section.value("signer-http", ListenAddress::parse);
    List<String> hosts = hosts(section);
    boolean twoPerson = section.value("two-person", AdminSettings::yesOrNo, standard.twoPerson());
    Optional<URI> webhook = section.value("webhook", AdminSettings::webhook);
    Duration warning = duration(section, "runway-warning", standard.runwayWarning());
    Duration compare = section.value("compare", AdminSettings::compareIn, standard.compare());
    Optional<ListenAddress> validate =
        section.value("validate", AdminSettings::validateAt, standard.validate());
    section.refuseUnknown();
    return new AdminSettings(
        http, signerHttp, hosts, twoPerson, webhook, warning, compare, validate);
  }

  private static LogSettings log(Section section) {
    LogSettings.Format format =
        section.value("format", LogSettings::format, LogSettings.DEFAULT.format());
    Map<String, String> levels =
        section.value("levels", LogSettings::levels, LogSettings.DEFAULT.levels());
    section.refuseUnknown();
    return new LogSettings(format, levels);
  }

  private List<TokenSettings> tokens(JsonNode list) {
    if (list.isMissingNode() || list.isNull()) {
      return List.of();
    }
    if (!list.isArray()) {
      problems.add("tokens: must be a list of mappings");
      return List.of();
    }
    List<TokenSettings> tokens = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      Section section = new Section("tokens[" + i + "]", list.get(i), Map.of(), problems);
      token(section)
          .ifPresent(
              token -> {
                if (!names.add(token.name())) {
                  section.problem("name", "'" + token.name() + "' is there twice");
                }
                tokens.add(token);
              });
    }
    return tokens;
  }

  private Optional<TokenSettings> token(Section section) {
    Optional<String> name = section.text("name");
    Optional<Path> module = section.path("module");
    Optional<String> serial = section.text("serial");
    Optional<String> label = section.text("label");
    Optional<Secret> pin = pin(section, name.orElse(""));
    Optional<String> powerDnsModule = section.value("powerdns-module", TokenSettings::moduleName);
    Duration permit =
        section.value("permit-deadline", Durations::parse, TokenSettings.DEFAULT_PERMIT_DEADLINE);
    Duration hang =
        section.value("hang-timeout", Durations::parse, TokenSettings.DEFAULT_HANG_TIMEOUT);
    section.refuseUnknown();
    if (name.isEmpty()) {
      section.problem("name", "is missing: what commands call the token, for example office");
    }
    if (module.isEmpty()) {
      section.problem(
          "module", "is missing: the PKCS#11 library, for example /usr/lib/…/opensc-pkcs11.so");
    }
    if (name.isEmpty() || module.isEmpty()) {
      return Optional.empty();
    }
    return section.attempt(
        "serial",
        () ->
            new TokenSettings(
                name.get(), module.get(), serial, label, pin, powerDnsModule, permit, hang));
  }

  /** {@code pin-file}, {@code pin-env}, or by itself {@code KEYWARD_TOKENS_OFFICE_PIN}. */
  private Optional<Secret> pin(Section section, String name) {
    Optional<Secret> file = section.value("pin-file", path -> SecretFile.firstLine(Path.of(path)));
    Optional<Secret> variable =
        section.value(
            "pin-env",
            key ->
                Optional.ofNullable(environment.get(key))
                    .map(Secret::of)
                    .orElseThrow(
                        () -> new IllegalArgumentException("the variable " + key + " is not set")));
    String own = Section.variable("tokens." + name + ".pin");
    return file.or(() -> variable)
        .or(() -> Optional.ofNullable(environment.get(own)).map(Secret::of));
  }

  private List<PowerDnsSettings> powerDns(JsonNode list) {
    if (list.isMissingNode() || list.isNull()) {
      return List.of();
    }
    if (!list.isArray()) {
      problems.add("powerdns: must be a list of mappings");
      return List.of();
    }
    List<PowerDnsSettings> servers = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      Section section = new Section("powerdns[" + i + "]", list.get(i), Map.of(), problems);
      Optional<Path> control = section.path("control");
      Optional<URI> api = section.value("api", PowerDnsSettings::uri);
      Optional<Secret> key = section.value("key-file", file -> SecretFile.firstLine(Path.of(file)));
      section.refuseUnknown();
      section
          .attempt("control", () -> new PowerDnsSettings(control, api, key))
          .ifPresent(servers::add);
    }
    return servers;
  }

  private static SigningSettings signing(Section section) {
    SigningSettings standard = SigningSettings.DEFAULT;
    String mode = section.text("mode").orElse(standard.mode());
    if (!MODES.contains(mode)) {
      section.problem("mode", "'" + mode + "' is none of " + String.join(", ", MODES));
    }
    Duration validity = duration(section, "validity", standard.validity());
    Duration step = duration(section, "step", standard.step());
    Duration runway = duration(section, "runway", standard.runway());
    Duration ttl = duration(section, "dnskey-ttl", standard.dnskeyTtl());
    Duration hold = duration(section, "unassign-hold", standard.unassignHold());
    Optional<ListenAddress> parent = section.value("parent-resolver", ListenAddress::parse);
    ParentCheck check = section.value("parent-check", ConfigLoader::check, standard.parentCheck());
    RollSettings rolls = rolls(section, standard.rolls());
    section.refuseUnknown();
    return section
        .attempt(
            "step",
            () ->
                new SigningSettings(mode, validity, step, runway, ttl, hold, parent, check, rolls))
        .orElse(standard);
  }

  private static RollSettings rolls(Section section, RollSettings standard) {
    return new RollSettings(
        section.value("zsk-lifetime", Durations::parse),
        duration(section, "roll-propagation", standard.propagation()),
        duration(section, "roll-safety", standard.safety()),
        duration(section, "roll-data-ttl", standard.dataTtl()),
        duration(section, "roll-ds-ttl", standard.dsTtl()),
        duration(section, "roll-parent-propagation", standard.parentPropagation()),
        section.value("zone-servers", RollSettings::servers, standard.servers()));
  }

  private static ParentCheck check(String text) {
    return switch (text) {
      case "servers" -> ParentCheck.SERVERS;
      case "resolver" -> ParentCheck.RESOLVER;
      default -> throw new IllegalArgumentException("'" + text + "' is none of servers, resolver");
    };
  }

  /** In the folder that systemd gives the service, unless another is named. */
  private Optional<CacheSettings> cache(Section section) {
    Optional<Path> dir =
        section
            .text("dir")
            .or(() -> Optional.ofNullable(environment.get("STATE_DIRECTORY")))
            .map(text -> text.split(":")[0])
            .filter(text -> !text.isBlank() && !text.equals(CacheSettings.OFF))
            .map(text -> Path.of(text).toAbsolutePath());
    Duration every = duration(section, "every", CacheSettings.DEFAULT_EVERY);
    Duration maxAge = duration(section, "max-age", CacheSettings.DEFAULT_MAX_AGE);
    int megabytes =
        section.value("max-megabytes", Integer::parseInt, CacheSettings.DEFAULT_MAX_MEGABYTES);
    section.refuseUnknown();
    return dir.flatMap(
        folder ->
            section.attempt(
                "dir", () -> new CacheSettings(folder, every, maxAge, megabytes * 1_000_000L)));
  }

  private static Duration duration(Section section, String key, Duration fallback) {
    return section.value(key, Durations::parse, fallback);
  }

  private static Path sealKey(Section section, Path dataDir, boolean ownDatabase) {
    Optional<Path> file = section.path("key-file");
    if (file.isPresent()) {
      section.attempt("key-file", () -> SealKey.read(file.get()));
      return file.get();
    }
    if (ownDatabase) {
      section.problem(
          "key-file",
          "is missing; it seals the ZSKs in your database; "
              + SealKey.howToMake(Path.of("/etc/keyward/seal-key")));
    }
    return dataDir.resolve("seal-key");
  }

  private static Optional<Path> formerSealKey(Section section) {
    Optional<Path> file = section.path("former-key-file");
    file.ifPresent(path -> section.attempt("former-key-file", () -> SealKey.read(path)));
    return file;
  }
}
