package org.keyward.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.keyward.store.EmbeddedDatabase;

/** A way for people to reach the embedded PostgreSQL with {@code psql}. */
public final class DatabasePrompt {
  private DatabasePrompt() {}

  /** Writes a script, for its owner only, that runs psql on the database of {@code dataDir}. */
  public static Path write(Path dataDir, Path script) throws IOException {
    try (EmbeddedDatabase database = EmbeddedDatabase.open(dataDir, false)) {
      StringBuilder text = new StringBuilder("#!/bin/sh\n");
      database
          .psqlEnvironment()
          .forEach((key, value) -> text.append("export " + key + "='" + value + "'\n"));
      Files.createFile(
          script,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return Files.writeString(script, text.append("exec psql \"$@\"\n"));
    }
  }
}
