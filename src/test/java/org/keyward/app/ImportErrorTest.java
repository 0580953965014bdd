package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who imports a master file learns where it is wrong. */
@Tag("once")
class ImportErrorTest {
  @Test
  void anErrorNamesFileAndLine(@TempDir Path dir) throws Exception {
    Path file =
        Files.writeString(
            dir.resolve("z.zone"), "@ 60 IN SOA ns hm 1 2 3 4 5\n@ 60 IN NS ns\nwww 60 IN A x\n");
    try (AdminServer server = new AdminServer(dir, false);
        ZoneAdministration zones = ZoneAdministration.open(server.config)) {
      assertThatThrownBy(
              () -> zones.importFile(ZoneAdministration.name("example.com"), file, Steps.NOBODY))
          .hasMessageStartingWith(file + ":3:");
    }
  }
}
