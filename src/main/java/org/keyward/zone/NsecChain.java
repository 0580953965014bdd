package org.keyward.zone;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * The NSEC chain (RFC 4034): the authoritative names themselves in canonical order, without empty
 * non-terminals. Its signatures are kept at the nodes.
 */
final class NsecChain implements DenialChain {
  private final ZoneTree tree;

  NsecChain(ZoneTree tree) {
    this.tree = tree;
  }

  Optional<Zone.Neighbours> around(Name name) {
    if (!tree.hasSoa()) {
      return Optional.empty();
    }
    Name before = tree.isAuthoritative(name) ? name : tree.before(name);
    return Optional.of(
        new Zone.Neighbours(
            RrsetSigner.lowerCase(before), RrsetSigner.lowerCase(tree.after(name))));
  }

  @Override
  public List<AnswerRow> signatures(Name owner, ZoneSigner signer, ValidityWindow window) {
    Optional<Long> ttl = tree.denialTtl();
    Node node = tree.node(owner);
    if (!tree.isAuthoritative(owner, node) || ttl.isEmpty()) {
      return List.of();
    }
    return node.signatures(window)
        .computeIfAbsent(
            Type.NSEC, type -> signer.sign(owner, List.of(record(owner, node, ttl.get())), window));
  }

  /** The NSEC record exactly as PowerDNS makes it. */
  private NSECRecord record(Name owner, Node node, long ttl) {
    Set<Integer> types = typesAt(tree, owner, node);
    types.add(Type.NSEC);
    types.add(Type.RRSIG);
    return new NSECRecord(
        owner, DClass.IN, ttl, RrsetSigner.lowerCase(tree.after(owner)), array(types));
  }

  /**
   * The types that a denial record at the name speaks of, without those of DNSSEC itself.
   *
   * @param node what is stored there; null when nothing is
   */
  static Set<Integer> typesAt(ZoneTree tree, Name owner, Node node) {
    Set<Integer> types = new HashSet<>();
    if (node == null) {
      return types;
    }
    boolean cut = tree.isCut(owner, node);
    for (int type : node.types()) {
      if (!cut || type == Type.NS || type == Type.DS) {
        types.add(type);
      }
    }
    if (owner.equals(tree.origin())) {
      types.add(Type.DNSKEY);
    }
    return types;
  }

  static int[] array(Set<Integer> types) {
    return types.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public boolean covers(AnswerRow signature) {
    return signature.content().startsWith("NSEC ");
  }
}
