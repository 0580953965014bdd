package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.config.TokenSettings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.token.Pkcs11Tokens;
import org.keyward.token.SoftHsm;

/**
 * Runs the examples of docs/sql.md in psql, as a login with the rights of a DBA, beside a real
 * signer. What they print must be on the page; a page with what was printed is left in target/.
 */
@Tag("once")
class SqlPageTest {
  private static final Path PAGE = Path.of("docs/sql.md");
  private static final String TOKEN = "office";
  private static final String SIGNER = "<!-- the signer works -->";
  private static final String DAY = "<!-- a day passes -->";
  private static final String END = "end of the example";

  private Duration passed = Duration.ZERO;
  private final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return Instant.now().plus(passed);
        }

        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }
      };

  @Test
  void everyExamplePrintsWhatThePageSays() throws Exception {
    List<String> page = Files.readAllLines(PAGE);
    List<String> printed = new ArrayList<>();
    TokenSettings token = SoftHsm.token(TOKEN, SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", "ksk");
    Seal seal = new Seal(Secret.of(new byte[32]));
    try (Database database = TestDatabase.create();
        Psql psql = new Psql(database);
        PostgresTokenLock lock = new PostgresTokenLock(database);
        Pkcs11Tokens tokens =
            new Pkcs11Tokens(
                List.of(token),
                lock,
                new PostgresPinMemory(database),
                seal,
                new PostgresAudit(database),
                "signer:test",
                clock,
                why -> {})) {
      Signer signer =
          new Signer(
              new PostgresSigning(database, seal, "signer:test"),
              tokens,
              ParentDs.NOT_ASKED,
              SigningSettings.DEFAULT,
              new DatabaseClock(clock, System::nanoTime));
      settle(signer);
      for (int i = 0; i < page.size(); i++) {
        String line = page.get(i);
        printed.add(line);
        if (line.equals(SIGNER)) {
          settle(signer);
        } else if (line.equals(DAY)) {
          passed = passed.plus(SigningSettings.DEFAULT.unassignHold()).plusMinutes(1);
          settle(signer);
        } else if (line.equals("```sql")) {
          int end = i + page.subList(i, page.size()).indexOf("```");
          printed.addAll(page.subList(i + 1, end + 1));
          String answer = psql.run(String.join("\n", page.subList(i + 1, end)));
          i = skipOutput(page, end);
          if (!answer.isEmpty()) {
            printed.add("```");
            printed.addAll(answer.stripTrailing().lines().toList());
            printed.add("```");
          }
        }
      }
    }
    Files.write(Path.of("target/sql.md"), printed);
    List<String> expected = comparable(page);
    assertThat(likeExpected(comparable(printed), expected)).isEqualTo(expected);
  }

  private static void settle(Signer signer) {
    int idle = 0;
    while (idle < 2) {
      idle = signer.plan() + Math.max(0, signer.sign(TOKEN)) == 0 ? idle + 1 : 0;
    }
  }

  /** The last line of the output that the page shows after the example that ends here. */
  private static int skipOutput(List<String> page, int end) {
    boolean shown = end + 1 < page.size() && page.get(end + 1).equals("```");
    return shown ? end + 2 + page.subList(end + 2, page.size()).indexOf("```") : end;
  }

  /** Columns may be wider or narrower than on the page, by what differs each time. */
  private static List<String> comparable(List<String> lines) {
    return lines.stream()
        .map(line -> line.replaceAll("-{2,}", "--").replaceAll(" +", " ").strip())
        .filter(line -> !line.isEmpty())
        .toList();
  }

  /** With the page's line for each that differs from it only where the page has an ellipsis. */
  private static List<String> likeExpected(List<String> actual, List<String> expected) {
    List<String> lines = new ArrayList<>(actual);
    for (int i = 0; i < Math.min(actual.size(), expected.size()); i++) {
      String pattern = Pattern.quote(expected.get(i)).replace("…", "\\E.*\\Q");
      if (actual.get(i).matches(pattern)) {
        lines.set(i, expected.get(i));
      }
    }
    return lines;
  }

  /** One session of a login with the rights of a DBA. */
  private static final class Psql implements AutoCloseable {
    private final Database database;
    private final Process process;
    private final OutputStream in;
    private final BufferedReader out;

    Psql(Database database) throws IOException {
      this.database = database;
      database
          .jdbi()
          .useHandle(
              h -> h.execute("CREATE ROLE alice LOGIN PASSWORD 'alice' IN ROLE keyward_dba"));
      ProcessBuilder builder =
          new ProcessBuilder("psql", "-X", "-q", "-P", "pager=off").redirectErrorStream(true);
      builder.environment().putAll(TestDatabase.server().psqlEnvironment());
      builder
          .environment()
          .putAll(
              Map.of(
                  "PGUSER",
                  "alice",
                  "PGPASSWORD",
                  "alice",
                  "PGCLIENTENCODING",
                  "UTF8",
                  "PGDATABASE",
                  name(database)));
      process = builder.start();
      in = process.getOutputStream();
      out = process.inputReader(StandardCharsets.UTF_8);
    }

    private static String name(Database database) {
      return database
          .jdbi()
          .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    }

    String run(String statements) throws IOException {
      in.write((statements + "\n\\echo " + END + "\n").getBytes(StandardCharsets.UTF_8));
      in.flush();
      StringBuilder printed = new StringBuilder();
      for (String line = out.readLine(); !END.equals(line); line = out.readLine()) {
        assertThat(line).as("psql went on after: %s", statements).isNotNull();
        printed.append(line.stripTrailing()).append('\n');
      }
      return printed.toString();
    }

    @Override
    public void close() throws IOException {
      in.close();
      process.destroy();
      database
          .jdbi()
          .useHandle(
              h -> {
                h.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'alice'");
                h.execute("DROP OWNED BY alice");
                h.execute("DROP ROLE alice");
              });
    }
  }
}
