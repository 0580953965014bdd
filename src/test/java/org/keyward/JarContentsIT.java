package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is published has the licences of what it contains, and nothing that is not needed. */
@Tag("once")
class JarContentsIT {
  private static final List<String> NOT_NEEDED =
      List.of(
          "jakarta/enterprise/",
          "jakarta/servlet/resources/",
          "jakarta/transaction/",
          "org/eclipse/jetty/ee10/annotations/",
          "org/eclipse/jetty/ee10/webapp/",
          "org/eclipse/jetty/jndi/",
          "org/eclipse/jetty/plus/",
          "org/flywaydb/database/cockroachdb/",
          "org/objectweb/asm/");

  @Test
  void theJarHasLicencesAndNothingThatIsNotNeeded() throws Exception {
    try (JarFile jar = new JarFile(System.getProperty("keyward.jar"))) {
      List<String> names = jar.stream().map(JarEntry::getName).toList();
      assertThat(names)
          .noneMatch(name -> NOT_NEEDED.stream().anyMatch(name::startsWith))
          .contains("META-INF/licenses/README.md", "META-INF/licenses/EPL-2.0.md")
          .anyMatch(name -> name.matches("META-INF/licenses/dnsjava-.*/LICENSE"))
          .anyMatch(name -> name.matches("META-INF/licenses/postgresql-.*/LICENSE"))
          .anyMatch(name -> name.matches("META-INF/licenses/slf4j-api-.*/LICENSE.txt"));
      try (var license = jar.getInputStream(jar.getEntry("META-INF/LICENSE"))) {
        assertThat(new String(license.readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo(Files.readString(Path.of("LICENSE")));
      }
    }
  }
}
