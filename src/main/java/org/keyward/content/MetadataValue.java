package org.keyward.content;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of metadata, read as PowerDNS reads them. */
public final class MetadataValue {
  private static final Pattern DIGESTS = Pattern.compile("[, ]*[01234](?:[, ]+[01234])*[, ]*");
  private static final Pattern PARAMETERS =
      Pattern.compile(
          "([0-9]{1,3})\\s+([0-9]{1,3})\\s+([0-9]{1,5})\\s+(?:-|(?:[0-9A-Fa-f]{2}){1,255})");

  private MetadataValue() {}

  /**
   * Why PowerDNS fails at a value, and what to write; empty when it does not.
   *
   * @param kind as PowerDNS asks for it
   */
  public static Optional<String> fault(String kind, String value) {
    return switch (kind) {
      case "ALLOW-AXFR-FROM" ->
          unless(
              HostAddress.isPrefix(value) || value.equalsIgnoreCase("AUTO-NS"),
              "it is no address and no prefix; write 192.0.2.1, 2001:db8::/32 or AUTO-NS, each in a"
                  + " row of its own");
      case "ALLOW-DNSUPDATE-FROM" ->
          unless(
              HostAddress.isPrefix(value.startsWith("!") ? value.substring(1) : value),
              "it is no address and no prefix; write 192.0.2.1 or 2001:db8::/32, each in a row of its"
                  + " own");
      case "ALSO-NOTIFY", "AXFR-SOURCE" ->
          unless(
              HostAddress.isServer(value),
              "it is no address; write 192.0.2.1, 192.0.2.1:5300 or [2001:db8::1]:5300, not a name");
      case "AXFR-MASTER-TSIG", "TSIG-ALLOW-AXFR", "TSIG-ALLOW-DNSUPDATE" ->
          unless(isName(value), "it is no name of a TSIG key; write the name of one in tsigkeys");
      case "PUBLISH-CDS" ->
          unless(
              value.isEmpty() || DIGESTS.matcher(value).matches(),
              "it is no list of digest types; write 2, 4 or 2,4, or 0 to ask the parent to delete"
                  + " the DS");
      case "NSEC3PARAM" ->
          unless(
              value.isEmpty() || isParameters(value),
              "it is not 'algorithm flags iterations salt'; write 1 0 0 -");
      default -> Optional.empty();
    };
  }

  private static Optional<String> unless(boolean read, String fault) {
    return read ? Optional.empty() : Optional.of(fault);
  }

  /** Whether PowerDNS takes it for a name. */
  public static boolean isName(String text) {
    try {
      return !text.isEmpty() && Names.parse(text.getBytes(StandardCharsets.UTF_8)).length > 1;
    } catch (ContentException e) {
      return false;
    }
  }

  private static boolean isParameters(String value) {
    Matcher fields = PARAMETERS.matcher(value.strip());
    return fields.matches()
        && Integer.parseInt(fields.group(1)) <= 255
        && Integer.parseInt(fields.group(2)) <= 255
        && Integer.parseInt(fields.group(3)) <= 65_535;
  }
}
