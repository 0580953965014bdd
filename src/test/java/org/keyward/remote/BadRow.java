package org.keyward.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A row that PowerDNS cannot read, written as by somebody for whom no trigger and no constraint
 * looks: what was in a database before it was adopted.
 *
 * @param kind what is wrong
 * @param sql with $id for the zone's id
 */
record BadRow(String kind, String sql) {
  private static final List<BadRow> ALL = new ArrayList<>();

  static {
    for (String primary :
        List.of(
            "primary.example.net",
            "192.0.2.1:99999",
            "192.0.2.1:",
            "192.0.2.300",
            "192.0.2.0/24",
            "[2001:db8::1",
            "[2001:db8::1]53",
            "2001:db8::1::2",
            "fe80::1%nosuch",
            "127.0.0.1:1, ns1",
            ",;")) {
      add(
          "primary",
          "UPDATE domains SET type = 'SLAVE', master = '" + primary + "' WHERE id = $id");
    }
    add("kind", "UPDATE domains SET type = 'WEIRD' WHERE id = $id");
    add("kind", "UPDATE domains SET type = '' WHERE id = $id");
    for (String numbers : List.of("-1", "-9223372036854775808", "9223372036854775807")) {
      add("notified", "UPDATE domains SET type='MASTER', notified_serial = " + numbers);
    }
    add("checked", "UPDATE domains SET type='SLAVE', master='127.0.0.1:1', last_check=-2147483648");
    add("checked", "UPDATE domains SET type='SLAVE', master='127.0.0.1:1', last_check=2147483647");
    add("options", "UPDATE domains SET options = '{broken' WHERE id = $id");
    add("catalog", "UPDATE domains SET catalog = 'x..y' WHERE id = $id");
    for (String name : List.of("x..y", ".x", "a b\\", "\\256.x", "x".repeat(64) + ".example", "")) {
      add("name", "UPDATE domains SET name = '" + name + "' WHERE id = $id");
    }
    add("id", "UPDATE domains SET id = -7 WHERE id = $id");
    add("id", "UPDATE domains SET id = 0 WHERE id = $id");
    metadata("ALLOW-AXFR-FROM", "", "nobody", "192.0.2.0/999", "192.0.2.0/x", "!192.0.2.1");
    metadata("ALLOW-DNSUPDATE-FROM", "", "nobody", "192.0.2.0/24, 10.0.0.0/8");
    metadata("ALSO-NOTIFY", "", "ns1.example.net", "192.0.2.1:99999");
    metadata("NSEC3PARAM", "", "1", "1 0 0", "1 0 x -", "1 0 70000 -", "1 0 0 xyz", "300 0 0 -");
    metadata("PUBLISH-CDS", "", "x", "300", "99", "-1", "2,,4");
    metadata("PUBLISH-CDNSKEY", "", "x");
    metadata("PRESIGNED", "", "yes");
    metadata("SOA-EDIT", "", "WEIRD");
    metadata("TSIG-ALLOW-AXFR", "", "a..b", "x".repeat(64));
    metadata("TSIG-ALLOW-DNSUPDATE", "", "a..b");
    metadata("LUA-AXFR-SCRIPT", "", "/nowhere");
    metadata("IXFR", "", "maybe");
    metadata("X-OWN", "", "a\u0001b", "€".repeat(100_000));
    for (String kind : List.of("AXFR-SOURCE", "AXFR-MASTER-TSIG")) {
      for (String value :
          List.of("", "a..b", "x".repeat(64), "192.0.2.1:99999", "nokey", "badname", "badalg")) {
        add(
            kind,
            "UPDATE domains SET type = 'SLAVE', master = '127.0.0.1:1' WHERE id = $id;"
                + "INSERT INTO domainmetadata (domain_id, kind, content) VALUES ($id, '"
                + kind
                + "', '"
                + value
                + "')");
      }
    }
    add("kind of metadata", metadata("a\u0001b", "x"));
    add("kind of metadata", metadata("", "x"));
    tsig("badalg", "x..y", "AAAA");
    tsig("badalg2", "", "AAAA");
    tsig("unknown", "hmac-none", "AAAA");
    tsig("nobase", "hmac-sha256", "***");
    tsig("nosecret", "hmac-sha256", "");
    tsig("a..b", "hmac-sha256", "AAAA");
    tsig("", "hmac-sha256", "AAAA");
    for (String key :
        List.of(
            "",
            "garbage",
            "keyward-sealed",
            "Private-key-format: v1.2\nAlgorithm: 99\nPrivateKey: AAAA",
            "Private-key-format: v1.2\nAlgorithm: x\nPrivateKey: AAAA",
            "Private-key-format: v1.2\nAlgorithm: 13\n",
            "Private-key-format: v1.2\nAlgorithm: 13\nPrivateKey: ***",
            "Private-key-format: v1.2\nAlgorithm: 15\nPrivateKey: AAAA",
            "Private-key-format: v1.2\nAlgorithm: 8\nModulus: AAAA",
            "Private-key-format: v1.2\nAlgorithm: 13\nEngine: nosuch\nLabel: x")) {
      add("key", key("257, false", key));
      add("key in use", key("257, true", key));
    }
    add("flags", key("-1, false", "garbage"));
    add("flags", key("2147483647, NULL", "garbage"));
    for (String row :
        List.of(
            "'a..b.%s', 'A', '192.0.2.1', 60",
            "'%s', 'WEIRD', 'x', 60",
            "'%s', 'AXFR', 'x', 60",
            "'%s', 'ANY', 'x', 60",
            "'x.%s', 'A', '192.0.2.1', -5",
            "'x.%s', 'A', '192.0.2.1', 2147483647",
            "'x.%s', 'A', '192.0.2.1', NULL",
            "'x.%s', 'A', NULL, 60",
            "'x.%s', NULL, '192.0.2.1', 60",
            "NULL, 'A', '192.0.2.1', 60",
            "'elsewhere.example', 'A', '192.0.2.1', 60",
            "'%s', 'RRSIG', 'x', 60",
            "'%s', 'NS', 'a..b', 60")) {
      add(
          "record",
          "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, "
              + row.replace("'%s'", "name").replaceFirst("'([^']*)\\.%s'", "'$1.' || name")
              + " FROM domains WHERE id = $id");
    }
    add("serial", serial("99999999999"));
    add("serial", serial("-1"));
    add("serial", serial("4294967296"));
  }

  static Stream<BadRow> all() {
    return ALL.stream();
  }

  static Stream<String> kinds() {
    return all().map(BadRow::kind).distinct();
  }

  private static void add(String kind, String sql) {
    ALL.add(new BadRow(kind, sql.contains("$id") ? sql : sql + " WHERE id = $id"));
  }

  private static void metadata(String kind, String... values) {
    for (String value : values) {
      add(kind, metadata(kind, value));
    }
  }

  private static String metadata(String kind, String value) {
    return "INSERT INTO domainmetadata (domain_id, kind, content) VALUES ($id, '"
        + kind
        + "', '"
        + value
        + "')";
  }

  private static void tsig(String name, String algorithm, String secret) {
    add(
        "TSIG",
        "INSERT INTO tsigkeys (name, algorithm, secret) SELECT '%s', '%s', '%s' WHERE "
                .formatted(name, algorithm, secret)
            + "$id > 0");
  }

  private static String key(String flagsAndActive, String content) {
    return "INSERT INTO cryptokeys (domain_id, flags, active, published, content) VALUES ($id, "
        + flagsAndActive
        + ", true, '"
        + content
        + "')";
  }

  private static String serial(String serial) {
    return "UPDATE records SET content = 'ns.example.com h.example.com "
        + serial
        + " 7200 3600 9999 60' WHERE type = 'SOA' AND domain_id = $id";
  }
}
