package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.Secret;
import org.keyward.zone.ZoneStorageException;

class DatabaseTest {
  @Test
  void embeddedDataSurviveARestart(@TempDir Path folder) {
    try (EmbeddedDatabase embedded = EmbeddedDatabase.open(folder, true);
        Database database = embedded.connect()) {
      assertThat(Migrations.migrate(database)).isPositive();
      database
          .jdbi()
          .useHandle(h -> h.execute("INSERT INTO domains (name, type) VALUES ('a', 'NATIVE')"));
    }
    try (EmbeddedDatabase embedded = EmbeddedDatabase.open(folder, true);
        EmbeddedDatabase second = EmbeddedDatabase.open(folder, false);
        Database database = second.connect()) {
      assertThat(second.port()).isEqualTo(embedded.port());
      assertThat(Migrations.migrate(database)).isZero();
      int zones =
          database
              .jdbi()
              .withHandle(
                  h -> h.createQuery("SELECT count(*) FROM domains").mapTo(int.class).one());
      assertThat(zones).isEqualTo(1);
    }
  }

  @Test
  void embeddedDatabaseAsksForThePassword() {
    String url = "jdbc:postgresql://127.0.0.1:" + TestDatabase.server().port() + "/postgres";
    assertThatThrownBy(() -> Database.connect(url, "postgres", Optional.of(Secret.of("guess"))))
        .isInstanceOf(ZoneStorageException.class)
        .hasMessageContaining("cannot reach the database")
        .hasMessageNotContaining("guess");
  }
}
