package org.keyward.remote;

import java.util.Base64;
import org.keyward.zone.TsigKey;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneWriter;

/** The methods that change TSIG keys (RFC 8945). Thread-safe. */
final class TsigMethods {
  private final ZoneWriter writer;

  TsigMethods(ZoneWriter writer) {
    this.writer = writer;
  }

  /** The algorithm is stored without a trailing dot, as PowerDNS's gpgsql backend does. */
  Reply set(Parameters parameters) {
    String algorithm = parameters.lowerCase("algorithm").replaceFirst("\\.$", "");
    String secret = parameters.text("content");
    try {
      Base64.getDecoder().decode(secret);
    } catch (IllegalArgumentException e) {
      throw new WriteRefusedException("the secret of a TSIG key is base64, this is not");
    }
    writer.setTsigKey(new TsigKey(parameters.name("name"), algorithm, secret));
    return Replies.TRUE;
  }

  Reply delete(Parameters parameters) {
    return writer.deleteTsigKey(parameters.name("name")) ? Replies.TRUE : Replies.FALSE;
  }
}
