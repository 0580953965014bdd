package org.keyward.zone;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/** Where a zone is served otherwise than it is stored. */
final class ZoneDifferences {
  private ZoneDifferences() {}

  /**
   * Of what is left out nothing is said.
   *
   * @param served what PowerDNS reads of the zone
   * @return names and other parts of the zone, each with what is stored there
   */
  static Map<String, Object> of(
      ZoneData stored, ReadByPowerDns served, ZoneTree tree, OwnerReader reader) {
    Map<String, Object> differences = new LinkedHashMap<>();
    ReadByPowerDns read = ReadByPowerDns.of(stored);
    if (!read.metadata().equals(served.metadata())) {
      differences.put("its metadata", read.metadata());
    }
    if (!keys(read).equals(keys(served))) {
      differences.put("its cryptokeys", read.cryptokeys().stream().map(CryptoKey::id).toList());
    }
    Map<Name, List<RecordRow>> rows = OwnerReader.byOwner(stored.records());
    rows.forEach(
        (owner, own) -> {
          List<RecordRow> wanted = reader.read(own).node().map(Node::rows).orElse(List.of());
          if (!at(tree, owner).equals(wanted)) {
            differences.put(NameText.of(owner), own);
          }
        });
    for (Name owner : tree.names()) {
      if (!rows.containsKey(owner) && !at(tree, owner).isEmpty()) {
        differences.put(NameText.of(owner), List.of());
      }
    }
    return differences;
  }

  /** Without what is made and not stored. */
  private static List<RecordRow> at(ZoneTree tree, Name owner) {
    Node node = tree.node(owner);
    return node == null ? List.of() : node.rows().stream().filter(row -> row.id() != 0).toList();
  }

  private static List<List<Object>> keys(ReadByPowerDns read) {
    return read.cryptokeys().stream()
        .map(
            key ->
                List.<Object>of(
                    key.id(),
                    key.flags(),
                    key.active(),
                    key.published(),
                    key.content().withoutPin()))
        .toList();
  }
}
