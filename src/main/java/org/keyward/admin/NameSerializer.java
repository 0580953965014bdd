package org.keyward.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/** Writes names without their last dot, as PowerDNS's tools and all other outputs have them. */
final class NameSerializer extends JsonSerializer<Name> {
  @Override
  public void serialize(Name name, JsonGenerator out, SerializerProvider provider)
      throws IOException {
    out.writeString(NameText.of(name));
  }
}
