package org.keyward.signing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;

/**
 * Whether what the parent and the world show of a zone fits its keys.
 *
 * @param detail one line; empty when it fits
 */
public record ParentVerdict(Word word, String detail) {
  /** What resolvers make of it, the worst last. */
  private static final List<Word> GRAVITY =
      List.of(
          Word.FITS,
          Word.ORPHANED,
          Word.MISSING,
          Word.SERVED_OTHERWISE,
          Word.WRONG_DIGEST,
          Word.BOGUS);

  /** What is the matter. */
  public enum Word {
    /** A DS for each key and nothing else; or an unsigned zone without any. */
    FITS,
    /** The zone is signed, and nobody can tell that it should be. */
    MISSING,
    /** The same, and Keyward gives it to the parent, a zone of the same database, by itself. */
    AWAITED,
    /** A DS that no key of the zone fits, beside one that does. */
    ORPHANED,
    /** Resolvers find the zone bogus: there are DS records, and none fits. */
    BOGUS,
    /** A DS names the tag and algorithm of a key, and its digest is another. */
    WRONG_DIGEST,
    /** The world is served other keys than ours. */
    SERVED_OTHERWISE,
    /** The zone was deleted while it was signed, and its DS is still there. */
    REMOVED,
    /** The zone was deleted while it was signed, and nobody has asked its parent since. */
    REMOVED_UNASKED,
    /** The zone was deleted past all checks: what it was signed with goes on without it. */
    REMOVED_UNSEEN
  }

  /**
   * The gravest of what each server's answer makes, and of which servers, unless of all.
   *
   * @param answers of which one at least says what it has
   */
  static ParentVerdict of(
      ParentAnswers answers, List<DNSKEYRecord> keys, Optional<List<DNSKEYRecord>> served) {
    Map<ParentVerdict, List<String>> places = new LinkedHashMap<>();
    for (ParentAnswer answer : answers.answered()) {
      places
          .computeIfAbsent(of(answer.ds(), keys, served), verdict -> new ArrayList<>())
          .add(answer.place());
    }
    ParentVerdict worst =
        places.keySet().stream()
            .max(Comparator.comparing(verdict -> GRAVITY.indexOf(verdict.word())))
            .orElse(new ParentVerdict(Word.FITS, ""));
    return places.size() < 2 || worst.word() == Word.SERVED_OTHERWISE
        ? worst
        : worst.at(places.get(worst));
  }

  private ParentVerdict at(List<String> places) {
    String where = "at " + String.join(", ", places);
    return new ParentVerdict(word, detail.isEmpty() ? where : detail + " " + where);
  }

  /**
   * Compares.
   *
   * @param ds what the parent has
   * @param keys the KSKs that the zone is signed with; empty when it is unsigned
   * @param served the DNSKEY set that the world sees; empty when nobody can say
   */
  static ParentVerdict of(
      List<DSRecord> ds, List<DNSKEYRecord> keys, Optional<List<DNSKEYRecord>> served) {
    List<DSRecord> fitting =
        ds.stream().filter(one -> keys.stream().anyMatch(key -> fits(one, key))).toList();
    List<DSRecord> others =
        ds.stream().filter(one -> !fitting.contains(one) && !unknown(one, keys)).toList();
    Optional<DSRecord> wrong =
        others.stream().filter(one -> keys.stream().anyMatch(key -> names(one, key))).findFirst();
    if (wrong.isPresent()) {
      return new ParentVerdict(Word.WRONG_DIGEST, tags(others));
    }
    if (fitting.isEmpty() && !others.isEmpty()) {
      return new ParentVerdict(Word.BOGUS, tags(others));
    }
    if (served.isPresent() && keys.stream().anyMatch(key -> !isServed(key, served.get()))) {
      return new ParentVerdict(Word.SERVED_OTHERWISE, "");
    }
    if (!keys.isEmpty() && fitting.isEmpty()) {
      return new ParentVerdict(Word.MISSING, "");
    }
    return others.isEmpty()
        ? new ParentVerdict(Word.FITS, "")
        : new ParentVerdict(Word.ORPHANED, tags(others));
  }

  private static boolean names(DSRecord ds, DNSKEYRecord key) {
    return ds.getFootprint() == key.getFootprint() && ds.getAlgorithm() == key.getAlgorithm();
  }

  private static boolean fits(DSRecord ds, DNSKEYRecord key) {
    if (!names(ds, key)) {
      return false;
    }
    return digest(ds, key).filter(digest -> Arrays.equals(digest, ds.getDigest())).isPresent();
  }

  /**
   * Whether a DS is of a key, by its digest.
   *
   * @param ds key tag, algorithm, digest type and digest, as in a master file
   */
  public static boolean fits(String ds, DNSKEYRecord key) {
    String[] fields = ds.split(" ");
    return fields.length == 4
        && fits(
            new DSRecord(
                key.getName(),
                key.getDClass(),
                0,
                Integer.parseInt(fields[0]),
                Integer.parseInt(fields[1]),
                Integer.parseInt(fields[2]),
                HexFormat.of().parseHex(fields[3].toLowerCase(Locale.ROOT))),
            key);
  }

  /**
   * The same of a record as somebody wrote it: one that cannot be read is of no key.
   *
   * @param ds the digest may be in several parts
   */
  public static boolean isDsOf(String ds, DNSKEYRecord key) {
    String[] fields = ds.trim().split("\\s+", 4);
    try {
      return fields.length == 4
          && fits(
              String.join(" ", fields[0], fields[1], fields[2], fields[3].replaceAll("\\s", "")),
              key);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A digest that we cannot make, and resolvers pass over, is neither right nor wrong. */
  private static boolean unknown(DSRecord ds, List<DNSKEYRecord> keys) {
    return keys.stream().anyMatch(key -> names(ds, key) && digest(ds, key).isEmpty());
  }

  private static Optional<byte[]> digest(DSRecord ds, DNSKEYRecord key) {
    try {
      return Optional.of(
          new DSRecord(key.getName(), key.getDClass(), 0, ds.getDigestID(), key).getDigest());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isServed(DNSKEYRecord key, List<DNSKEYRecord> served) {
    return served.stream()
        .anyMatch(
            seen ->
                seen.getAlgorithm() == key.getAlgorithm()
                    && Arrays.equals(seen.getKey(), key.getKey()));
  }

  /** What the parent has, for people. */
  static String tags(List<DSRecord> records) {
    return "DS with tag "
        + String.join(
            ", ", records.stream().map(ds -> String.valueOf(ds.getFootprint())).sorted().toList());
  }
}
