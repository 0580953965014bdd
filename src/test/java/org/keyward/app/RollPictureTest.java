package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.keyset.KeyRole;
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
    return waiting(what, "zsk", "published", RollPicture.Parent.NOT_LOOKED_AT);
  }

  private static RollPicture waiting(
      String what, String role, String phase, RollPicture.Parent parent) {
    return new RollPicture(
        ZONE,
        Map.of(),
        List.of(
            row(
                "role",
                role,
                "old_tag",
                1,
                "new_tag",
                2,
                "phase",
                phase,
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
                SINCE)),
        List.of(
            row("role", "zsk", "key_tag", 1, "state", "active", "signs_from", SINCE),
            row("role", "zsk", "key_tag", 2, "state", "published", "published_from", SINCE)),
        List.of(
            row(
                "address",
                "192.0.2.1:53",
                "serial",
                7L,
                "ksk_tags",
                List.of(3),
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
        parent,
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
            "  server 192.0.2.1:53: serial 7, KSKs [3], ZSKs [1, 2], signatures by [1], at 2026-03-01T10:00:00Z",
            "  server 192.0.2.2:53: it does not answer, since 2026-03-01T10:00:00Z");
    assertThat(waiting("caches").values())
        .containsEntry("zone", "example.com")
        .containsKeys("says", "roll", "keys", "servers", "history", "rolls", "ds_due", "parent");
  }

  @Test
  void showsOfAKskWhatTheParentHasAndWhatToHandIn() {
    RollPicture picture =
        waiting(
            "parent",
            "ksk",
            "submitted",
            new RollPicture.Parent(
                List.of(
                    row(
                        "server",
                        "ns.parent",
                        "address",
                        "192.0.2.9",
                        "shows",
                        "MATCH",
                        "ds",
                        List.of("1 13 2 AB"),
                        "ttl",
                        300),
                    row(
                        "server",
                        "ns2.parent",
                        "address",
                        "192.0.2.8",
                        "shows",
                        "unreachable",
                        "ds",
                        List.of(),
                        "detail",
                        "it does not answer")),
                List.of(row("record", "example.com. IN DS 2 13 2 CD"))));
    assertThat(picture.lines())
        .startsWith(
            "example.com: KSK 2 takes the place of 1",
            "  entering > published > [submitted] > retiring > leaving > forgotten")
        .contains(
            "  parent ns.parent 192.0.2.9: DS 1, TTL 300",
            "  parent ns2.parent 192.0.2.8: unreachable it does not answer",
            "  due    example.com. IN DS 2 13 2 CD")
        .last()
        .asString()
        .startsWith("It waits since 2026-03-01T10:00:00Z for the parent")
        .contains("the DS of key 2", "'keyward roll ds-due'")
        .endsWith("'keyward roll confirm example.com --ds 2' says so");
  }

  @Test
  void saysHowToBeginWhereThereIsNone() {
    assertThat(none(Map.of()).lines())
        .containsExactly(
            "example.com has no roll under way; 'keyward roll start example.com zsk' replaces its ZSK,"
                + " with ksk --to TOKEN/LABEL in place of zsk its KSK");
  }

  @Test
  void saysTheWayRoundWhereNoneCanBegin() {
    String ksk = " goes over to PowerDNS";
    String zsk = " is in mode split";
    assertThat(none(Map.of(KeyRole.KSK, ksk, KeyRole.ZSK, ksk)).lines())
        .containsExactly("example.com has no roll under way, and goes over to PowerDNS");
    assertThat(none(Map.of(KeyRole.ZSK, zsk)).lines())
        .containsExactly(
            "example.com has no roll under way; 'keyward roll start example.com ksk --to TOKEN/LABEL'"
                + " replaces its KSK; it is in mode split");
  }

  private static RollPicture none(Map<KeyRole, String> obstacles) {
    return new RollPicture(
        ZONE,
        obstacles,
        List.of(),
        List.of(),
        List.of(),
        RollPicture.Parent.NOT_LOOKED_AT,
        List.of());
  }
}
