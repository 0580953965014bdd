package org.keyward.remote;

import java.util.HashMap;
import java.util.Map;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.KeyContent;
import org.keyward.zone.ZoneKeys;
import org.xbill.DNS.Name;

/** The methods that change the keys of a zone. Thread-safe. */
final class KeyMethods {
  private final ZoneKeys keys;

  KeyMethods(ZoneKeys keys) {
    this.keys = keys;
  }

  /**
   * A private key becomes one that PowerDNS signs with. What {@code pdnsutil hsm assign} sends, a
   * key on a token, becomes a request to Keyward's signer, but for zones that PowerDNS signs. Its
   * PIN goes nowhere.
   */
  Reply add(Parameters parameters) {
    Name zone = parameters.name("name");
    // REST sends the members of the key by themselves.
    Parameters key = parameters.has("key") ? parameters.object("key") : parameters;
    Map<String, String> content = fields(key.text("content"));
    if (content.containsKey("Engine") && !keys.isSignedByPowerDns(zone)) {
      return assign(zone, key.number("flags"), content);
    }
    return Replies.number(
        keys.add(
            zone,
            new CryptoKey(
                0,
                key.number("flags"),
                key.flag("active", true),
                key.flag("published", true),
                KeyContent.of(key.text("content")))));
  }

  private Reply assign(Name zone, int flags, Map<String, String> content) {
    if (flags != 257) {
      throw new MalformedRequestException("only a KSK may be on a token; give 'ksk'");
    }
    keys.assign(zone, field(content, "Slot"), field(content, "Label"), algorithm(content));
    return Replies.number(0); // it has no row in cryptokeys
  }

  private static int algorithm(Map<String, String> content) {
    try {
      return Integer.parseInt(field(content, "Algorithm").split(" ", 2)[0]);
    } catch (NumberFormatException e) {
      throw new MalformedRequestException("the key's 'Algorithm' is no number");
    }
  }

  private static String field(Map<String, String> content, String name) {
    String value = content.get(name);
    if (value == null) {
      throw new MalformedRequestException("the key's content has no '" + name + "'");
    }
    return value;
  }

  private static Map<String, String> fields(String content) {
    Map<String, String> fields = new HashMap<>();
    content
        .lines()
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> fields.put(parts[0].strip(), parts[1].strip()));
    return fields;
  }

  Reply remove(Parameters parameters) {
    keys.remove(parameters.name("name"), parameters.number("id"));
    return Replies.TRUE;
  }

  Reply activate(Parameters parameters, boolean active) {
    keys.setActive(parameters.name("name"), parameters.number("id"), active);
    return Replies.TRUE;
  }

  Reply publish(Parameters parameters, boolean published) {
    keys.setPublished(parameters.name("name"), parameters.number("id"), published);
    return Replies.TRUE;
  }
}
