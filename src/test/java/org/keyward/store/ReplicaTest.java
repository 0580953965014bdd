package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/** Serving from a streaming replica, which takes no LISTEN and no writes. */
@Tag("once")
class ReplicaTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Test
  void changesOfThePrimaryAreServedFromItsReplica(@TempDir Path folder) throws Exception {
    Path primaryFolder = folder.resolve("primary");
    Path replicaFolder = folder.resolve("replica");
    try (EmbeddedDatabase primary = EmbeddedDatabase.open(primaryFolder, true);
        Database written = primary.connect()) {
      Migrations.migrate(written);
      int zone = written.inTransaction(ReplicaTest::createZone);
      copy(written, primary, primaryFolder, replicaFolder);
      try (EmbeddedDatabase replica = EmbeddedDatabase.open(replicaFolder, true);
          Database read = replica.connect()) {
        follow(written, zone, read);
      }
    }
  }

  private static int createZone(Handle handle) {
    int id =
        handle
            .createQuery(
                "INSERT INTO domains (name, type) VALUES ('example.com', 'NATIVE') RETURNING id")
            .mapTo(Integer.class)
            .one();
    insert(handle, id, "example.com", "SOA", "ns.example.com h.example.com 1 7200 3600 99999 60");
    return id;
  }

  private static void insert(Handle handle, int zone, String name, String type, String content) {
    handle.execute(
        "INSERT INTO records (domain_id, name, type, content, ttl) VALUES (?, ?, ?, ?, 60)",
        zone,
        name,
        type,
        content);
  }

  private static void follow(Database written, int zone, Database read) throws Exception {
    assertThat(read.<Boolean>inSnapshot(handle -> bool(handle, "SELECT pg_is_in_recovery()")))
        .isTrue();
    PostgresZones source = new PostgresZones(read, SigningReader.NONE, Optional.empty());
    LoadedZones zones = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
    try (ZoneFollower follower =
        new ZoneFollower(
            new PostgresChangeFeed(read), zones, Clock.systemUTC(), new ServedChanges())) {
      follower.start();
      written.useTransaction(h -> insert(h, zone, "a.example.com", "A", "192.0.2.1"));
      await("a change", () -> isServed(zones, "a.example.com."));

      // The transaction that began first commits last.
      try (Handle late = written.jdbi().open()) {
        late.begin();
        insert(late, zone, "late.example.com", "A", "192.0.2.2");
        written.useTransaction(
            h -> {
              insert(h, other(h), "other.example", "SOA", "ns.other.example h.o.example 1 2 3 4 5");
            });
        await("the other zone", () -> isServed(zones, "other.example."));
        assertThat(isServed(zones, "late.example.com.")).isFalse();
        late.commit();
      }
      await("the late change", () -> isServed(zones, "late.example.com."));

      written.useTransaction(h -> h.execute("DELETE FROM records WHERE name = 'a.example.com'"));
      await("a deletion", () -> !isServed(zones, "a.example.com."));
      assertThat(follower.failingSince()).isEmpty();
    }
  }

  private static int other(Handle handle) {
    return handle
        .createQuery(
            "INSERT INTO domains (name, type) VALUES ('other.example', 'NATIVE') RETURNING id")
        .mapTo(Integer.class)
        .one();
  }

  private static boolean isServed(LoadedZones zones, String name) {
    Name owner = Name.fromConstantString(name);
    return zones.enclosing(owner).flatMap(zone -> zone.lookup(owner)).isPresent();
  }

  private static boolean bool(Handle handle, String sql) {
    return handle.createQuery(sql).mapTo(Boolean.class).one();
  }

  private static void await(String what, BooleanSupplier seen) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!seen.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(end);
      Thread.sleep(20);
    }
  }

  /** A base backup as PostgreSQL's manual describes it, and a standby made of it. */
  private static void copy(Database database, EmbeddedDatabase primary, Path from, Path to)
      throws IOException {
    Map<String, String> login = primary.psqlEnvironment();
    Files.writeString(
        from.resolve("postgres/pg_hba.conf"),
        "host replication all 127.0.0.1/32 scram-sha-256\n",
        StandardOpenOption.APPEND);
    try (Handle handle = database.jdbi().open()) {
      bool(handle, "SELECT pg_reload_conf()");
      handle.createQuery("SELECT pg_backup_start('replica', true)::text").mapTo(String.class).one();
      copyTree(from, to);
      String label =
          handle
              .createQuery("SELECT labelfile FROM pg_backup_stop(false)")
              .mapTo(String.class)
              .one();
      Path data = to.resolve("postgres");
      Files.writeString(data.resolve("backup_label"), label);
      Files.createFile(data.resolve("standby.signal"));
      Files.writeString(
          data.resolve("postgresql.auto.conf"),
          "primary_conninfo = 'host=127.0.0.1 port="
              + login.get("PGPORT")
              + " user="
              + login.get("PGUSER")
              + " password="
              + login.get("PGPASSWORD")
              + "'\n");
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(
                folder,
                to.resolve(from.relativize(folder)),
                java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!file.getFileName().toString().startsWith("postmaster.")) {
              Files.copy(
                  file,
                  to.resolve(from.relativize(file)),
                  java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
