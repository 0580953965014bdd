package org.keyward.remote;

import java.util.Locale;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.TextParseException;

/**
 * Parameters of {@code getBeforeAndAfterNamesAbsolute}.
 *
 * @param position relative to the zone but written with a final dot: a name in the NSEC form, a
 *     hash in the NSEC3 form, the root for the apex
 */
record ChainPosition(int zoneId, Name position) {
  static ChainPosition of(Parameters parameters) {
    return new ChainPosition(parameters.number("id"), parameters.name("qname"));
  }

  Name nameIn(Name origin) {
    try {
      return Name.concatenate(position.relativize(Name.root), origin);
    } catch (NameTooLongException e) {
      throw new MalformedRequestException("parameter 'qname' is too long for its zone");
    }
  }

  /** The owner of the NSEC3 record of that hash. */
  static Name ownerOf(String hash, Name origin) {
    try {
      return Name.fromString(hash, origin);
    } catch (TextParseException e) {
      throw new IllegalStateException(hash + " fits in front of " + NameText.of(origin), e);
    }
  }

  String hash() {
    return NameText.of(position).toLowerCase(Locale.ROOT);
  }
}
