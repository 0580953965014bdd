package org.keyward.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is behind a process. */
class ActorTest {
  @TempDir Path dir;

  private String person(String loginUid, String owner, String sudoUser) throws Exception {
    Path uid = dir.resolve("loginuid");
    Files.writeString(uid, loginUid);
    Path passwd =
        Files.writeString(
            dir.resolve("passwd"), "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n");
    return Actor.person(
        uid, passwd, owner, sudoUser.isEmpty() ? Map.of() : Map.of("SUDO_USER", sudoUser));
  }

  @Test
  void itIsWhoLoggedInOrWhomSudoNamesAndNotRoot() throws Exception {
    assertThat(person("1000", "root", "")).isEqualTo("alice");
    assertThat(person("1000", "root", "bob")).isEqualTo("alice");
    assertThat(person("1001", "root", "")).isEqualTo("uid-1001");
    assertThat(person("4294967295", "root", "bob")).isEqualTo("bob");
    assertThat(person("4294967295", "root", "")).isEqualTo("root");
    // Whoever is not root can say anything there.
    assertThat(person("4294967295", "alice", "bob")).isEqualTo("alice");
    assertThat(person("4294967295", "root", "bob@elsewhere, api:eve")).isEqualTo("root");
    assertThat(Actor.person(dir.resolve("none"), dir.resolve("none"), "alice", Map.of()))
        .isEqualTo("alice");
  }
}
