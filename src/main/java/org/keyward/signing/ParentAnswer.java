package org.keyward.signing;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;

/**
 * What one address of a name server of the parent answers.
 *
 * @param server its name, or {@link #RESOLVER}
 * @param address where it was asked; empty when the server has none
 * @param ds what it has for the zone; empty for nothing, or when it did not say
 * @param ttl of the DS
 * @param detail why it did not say; empty when it did
 */
public record ParentAnswer(
    String server,
    String address,
    Kind kind,
    List<DSRecord> ds,
    Optional<Long> ttl,
    String detail) {
  /** In place of a name server, where a resolver is asked. */
  public static final String RESOLVER = "resolver";

  /** Whether a server answers for the parent. */
  public enum Kind {
    ANSWERED,
    /** It answers, and not for the parent zone. */
    LAME,
    UNREACHABLE
  }

  public ParentAnswer {
    ds = List.copyOf(ds);
  }

  /** What a server has. */
  public static ParentAnswer of(
      String server, String address, List<DSRecord> ds, Optional<Long> ttl) {
    return new ParentAnswer(server, address, Kind.ANSWERED, ds, ttl, "");
  }

  /** A server that does not say. */
  public static ParentAnswer silent(String server, String address, Kind kind, String why) {
    return new ParentAnswer(server, address, kind, List.of(), Optional.empty(), why);
  }

  boolean answered() {
    return kind == Kind.ANSWERED;
  }

  /** The server, for people. */
  String place() {
    return address.isEmpty() ? server : server + " (" + address + ")";
  }

  /**
   * In a word: {@code MATCH}, {@code differs}, {@code none}, {@code lame} or {@code unreachable}.
   *
   * @param keys the KSKs that the zone is signed with
   */
  public String shows(List<DNSKEYRecord> keys) {
    if (!answered()) {
      return kind.name().toLowerCase(Locale.ROOT);
    }
    if (ds.isEmpty()) {
      return "none";
    }
    ParentVerdict verdict = ParentVerdict.of(ds, keys, Optional.empty());
    return verdict.word() == ParentVerdict.Word.FITS ? "MATCH" : "differs";
  }
}
