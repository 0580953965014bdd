package org.keyward.remote;

import java.util.Locale;
import java.util.Map;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** The parameters of a request by PowerDNS's names, read with the checks that the types need. */
record Parameters(Map<String, String> values) {
  String text(String parameter) {
    String value = values.get(parameter);
    if (value == null) {
      throw new MalformedRequestException("parameter '" + parameter + "' is missing");
    }
    return value;
  }

  /** A domain name with or without its final dot, in PowerDNS's escapes and any case. */
  Name name(String parameter) {
    String text = text(parameter);
    try {
      return Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      throw new MalformedRequestException(
          "parameter '" + parameter + "' is no domain name: " + e.getMessage());
    }
  }

  String lowerCase(String parameter) {
    return text(parameter).toLowerCase(Locale.ROOT);
  }

  int number(String parameter) {
    return number(parameter, text(parameter));
  }

  int number(String parameter, int whenAbsent) {
    String value = values.get(parameter);
    return value == null ? whenAbsent : number(parameter, value);
  }

  private static int number(String parameter, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new MalformedRequestException("parameter '" + parameter + "' is no number");
    }
  }
}
