package org.keyward.zone;

import java.util.Arrays;
import java.util.Locale;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.dnssec.RrsetSigner;
import org.xbill.DNS.Name;

/**
 * A row of PowerDNS's table {@code records} as a DBA wrote it; disabled rows and rows with a name
 * that is no domain name never become one.
 *
 * @param owner absolute, lower case
 * @param type mnemonic in upper case, for example {@code MX}; unknown types as {@code TYPE65534};
 *     empty for an empty non-terminal
 * @param content without the priority where {@code priority} holds it; names without trailing dot
 * @param priority of MX and SRV; 0 for the others
 */
public record RecordRow(long id, Name owner, String type, String content, long ttl, int priority) {
  /** Stands for a column {@code prio} without a value. */
  public static final int NO_PRIORITY = Integer.MIN_VALUE;

  /**
   * A row as it is stored. Where the column {@code prio} has no value PowerDNS takes the priority
   * of MX and SRV from the content.
   */
  public static RecordRow stored(
      long id, Name owner, String type, String content, long ttl, int prio) {
    if (prio != NO_PRIORITY || !RecordParser.hasPriority(type)) {
      return new RecordRow(id, owner, type, content, ttl, prio == NO_PRIORITY ? 0 : prio);
    }
    java.util.regex.Matcher parts = PRIORITY_FIRST.matcher(content);
    return parts.matches()
        ? new RecordRow(id, owner, type, parts.group(2), ttl, Integer.parseInt(parts.group(1)))
        : new RecordRow(id, owner, type, content, ttl, -1);
  }

  private static final java.util.regex.Pattern PRIORITY_FIRST =
      java.util.regex.Pattern.compile("\\s*0*([0-9]{1,5})\\s*([^0-9\\s].*|\\S*\\s.*)");

  /** How PowerDNS writes the type of an empty non-terminal when it copies a zone. */
  private static final String TYPE_0 = "TYPE0";

  /**
   * The type as rows have it here.
   *
   * @param stored null, empty or {@code TYPE0} for an empty non-terminal
   */
  public static String type(String stored) {
    String upper = stored == null ? "" : stored.toUpperCase(Locale.ROOT);
    return upper.equals(TYPE_0) ? "" : upper;
  }

  /** Whether it only says that there are names below. */
  public boolean isEmptyNonTerminal() {
    return type.isEmpty();
  }

  /**
   * A record as PowerDNS writes it, in the form in which PowerDNS's gpgsql backend stores it: the
   * priority of MX and SRV apart, names in the content without trailing dot.
   *
   * @param served content with the priority in front
   * @throws NumberFormatException when there is a priority that is no number
   */
  public static RecordRow of(Name owner, String type, String served, long ttl) {
    boolean priority = type.equals("MX") || type.equals("SRV");
    String[] parts = priority ? served.strip().split("\\s+", 2) : new String[] {};
    String content = priority && parts.length == 2 ? parts[1] : served;
    return new RecordRow(
        0,
        RrsetSigner.lowerCase(owner),
        type,
        withoutTrailingDots(type, content, priority && parts.length == 2 ? parts[0] + " " : ""),
        ttl,
        priority && parts.length == 2 ? Integer.parseInt(parts[0]) : 0);
  }

  /** Not where a dot at the end of a word is no name's: {@code key65280=v1.}. */
  private static String withoutTrailingDots(String type, String content, String front) {
    String undotted = MasterFile.withoutTrailingDots(content);
    if (undotted.equals(content)) {
      return content;
    }
    try {
      byte[] data = Content.read(type, front + content).data();
      return Arrays.equals(data, Content.read(type, front + undotted).data()) ? undotted : content;
    } catch (ContentException e) {
      return undotted;
    }
  }
}
