package org.keyward.remote;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.FedRow;
import org.keyward.zone.RecordRow;
import org.keyward.zone.Replication;
import org.keyward.zone.TsigKey;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneKeys;
import org.keyward.zone.ZoneWriter;
import org.xbill.DNS.Name;

/** Writes down, a line each, what it is told to write. */
final class FakeWriter implements ZoneWriter, Replication, ZoneKeys {
  final List<String> lines = new ArrayList<>();

  Writing writing() {
    return new Writing(this, this, this, TransactionLimits.DEFAULT, true);
  }

  private synchronized void line(Object... words) {
    List<String> texts = new ArrayList<>();
    for (Object word : words) {
      texts.add(String.valueOf(word).replace("\n", "|"));
    }
    lines.add(String.join(" ", texts));
  }

  @Override
  public Transaction change(Name zone) {
    line("change", zone);
    return new FakeTransaction(7, zone);
  }

  @Override
  public Transaction replace(int zoneId) {
    line("replace", zoneId);
    return new FakeTransaction(zoneId, FakeZones.name("example.com"));
  }

  @Override
  public void setMetadata(Name zone, String kind, List<String> values) {
    if (kind.equals("PRESIGNED")) {
      throw new WriteRefusedException(zone + " is signed by Keyward");
    }
    line("metadata", zone, kind, values);
  }

  @Override
  public void setTsigKey(TsigKey key) {
    line("tsig", key.name(), key.algorithm(), key.secret());
  }

  @Override
  public boolean deleteTsigKey(Name name) {
    line("delete-tsig", name);
    return !name.equals(FakeZones.name("unknown.key"));
  }

  @Override
  public List<ZoneHeader> due(Instant now) {
    return List.of(FakeZones.header(9, "hashed.example"));
  }

  @Override
  public void notified(int zoneId, long serial) {
    line("notified", zoneId, serial);
  }

  @Override
  public void checked(int zoneId, Instant when) {
    line("checked", zoneId, when);
  }

  @Override
  public Optional<Autoprimary> autoprimary(String address, List<Name> servers) {
    line("autoprimary", address, servers);
    return address.equals("192.0.2.53")
        ? Optional.of(new Autoprimary("ns1.example.com", "ops"))
        : Optional.empty();
  }

  @Override
  public void createSecondary(Name zone, String address, String server, String account) {
    line("secondary", zone, address, "server=" + server, "account=" + account);
  }

  @Override
  public int add(Name zone, CryptoKey key) {
    line("key", zone, key.flags(), key.active(), key.published(), key.content().reveal());
    return 12;
  }

  @Override
  public void remove(Name zone, int id) {
    line("remove-key", zone, id);
  }

  @Override
  public void setActive(Name zone, int id, boolean active) {
    line("active", zone, id, active);
  }

  @Override
  public void setPublished(Name zone, int id, boolean published) {
    line("published", zone, id, published);
  }

  @Override
  public boolean isSignedByPowerDns(Name zone) {
    return false;
  }

  @Override
  public void assign(Name zone, String token, String label, int algorithm) {
    line("assign", zone, token, label, algorithm);
  }

  private final class FakeTransaction implements Transaction {
    private final int zoneId;
    private final Name origin;
    private boolean done;

    private FakeTransaction(int zoneId, Name origin) {
      this.zoneId = zoneId;
      this.origin = origin;
    }

    @Override
    public int zoneId() {
      return zoneId;
    }

    @Override
    public Name origin() {
      return origin;
    }

    @Override
    public void add(FedRow row) {
      line("add", text(row.row()));
    }

    @Override
    public void addEmptyNonTerminals(Map<Name, Boolean> auth, boolean inChain) {
      auth.forEach((name, member) -> line("add-ent", name, "auth=" + member, "hashed=" + inChain));
    }

    private static String text(RecordRow row) {
      return String.join(
          " ",
          row.owner().toString(),
          String.valueOf(row.ttl()),
          row.type(),
          String.valueOf(row.priority()),
          row.content());
    }

    @Override
    public void replace(Name owner, Optional<String> type, List<RecordRow> rows) {
      line("replace-set", owner, type.orElse("ANY"));
      rows.forEach(row -> line("add", text(row)));
    }

    @Override
    public ZoneData around(Name owner) {
      return everything();
    }

    @Override
    public ZoneData everything() {
      return new ZoneData(
          FakeZones.header(zoneId, origin.toString()),
          List.of(),
          Map.of(),
          List.of(),
          Optional.empty(),
          List.of());
    }

    @Override
    public void commit() {
      line("commit", origin);
      done = true;
    }

    @Override
    public void close() {
      if (!done) {
        line("roll-back", origin);
      }
    }
  }
}
