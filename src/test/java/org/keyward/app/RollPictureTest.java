package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;

class RollPictureTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Instant SINCE = Instant.parse("2026-03-01T10:00:00.5Z");

  private static Map<String, Object> row(Object... fields) {
    Map<String, Object> row = new HashMap<>();
    for (int i = 0; i < fields.length; i += 2) {
      row.put(String.valueOf(fields[i]), fields[i + 1]);
    }
    return row;
  }

  private static RollPicture waiting(String what) {
    return new RollPicture(
        ZONE,
        row(
            "role",
            "zsk",
            "old_tag",
            1,
            "new_tag",
            2,
            "phase",
            "published",
            "waits_for",
            what,
            "waits_since",
            SINCE,
            "waits_until",
            SINCE.plusSeconds(60),
            "serial",
            7L,
            "jump",
            "x",
            "stopped_until",
            SINCE),
        List.of(
            row("role", "zsk", "key_tag", 1, "state", "active", "signs_from", SINCE),
            row("role", "zsk", "key_tag", 2, "state", "published", "published_from", SINCE)),
        List.of(
            row(
                "address",
                "192.0.2.1:53",
                "serial",
                7L,
                "zsk_tags",
                List.of(1, 2),
                "signing_tags",
                List.of(1),
                "answered_at",
                SINCE),
            row(
                "address",
                "192.0.2.2:53",
                "failure",
                "it does not answer",
                "failing_since",
                SINCE)),
        List.of(row("at", SINCE)));
  }

  @ParameterizedTest
  @CsvSource({
    "stock, nothing is to be done",
    "servers, each has to show serial 7",
    "caches, until 2026-03-01T10:01:00Z",
    "person, 'keyward roll resume example.com'",
    "clock, keyward clock accept",
    "signer, see that one is running"
  })
  void saysInOneSentenceWhatItWaitsForAndWhatToDo(String what, String says) {
    List<String> lines = waiting(what).lines();
    assertThat(lines.get(lines.size() - 1)).startsWith("It ").contains(says);
  }

  @Test
  void showsPhasesKeysAndServers() {
    assertThat(waiting("caches").lines())
        .startsWith(
            "example.com: ZSK 2 takes the place of 1",
            "  entering > [published] > switching > retiring > leaving > forgotten",
            "  ZSK 1 active, signs from 2026-03-01T10:00:00Z")
        .contains(
            "  server 192.0.2.1:53: serial 7, ZSKs [1, 2], signatures by [1], at 2026-03-01T10:00:00Z",
            "  server 192.0.2.2:53: it does not answer, since 2026-03-01T10:00:00Z");
    assertThat(waiting("caches").values())
        .containsEntry("zone", "example.com")
        .containsKeys("says", "roll", "keys", "servers", "history");
  }

  @Test
  void saysHowToBeginWhereThereIsNone() {
    assertThat(new RollPicture(ZONE, Map.of(), List.of(), List.of(), List.of()).lines())
        .containsExactly(
            "example.com has no roll under way; 'keyward roll start example.com --zsk' replaces its ZSK");
  }
}
