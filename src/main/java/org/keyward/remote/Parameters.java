package org.keyward.remote;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.xbill.DNS.Address;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * The parameters of a request by PowerDNS's names, read with the checks that the types need.
 *
 * @param values scalars as text, objects as maps, arrays as lists
 */
record Parameters(Map<String, Object> values) {
  boolean has(String parameter) {
    return values.containsKey(parameter);
  }

  String text(String parameter) {
    Object value = values.get(parameter);
    if (value == null) {
      throw new MalformedRequestException("parameter '" + parameter + "' is missing");
    }
    if (!(value instanceof String text)) {
      throw new MalformedRequestException("parameter '" + parameter + "' is no single value");
    }
    if (text.indexOf('\0') >= 0) {
      throw new MalformedRequestException("parameter '" + parameter + "' has a NUL in it");
    }
    return text;
  }

  /** An address as PowerDNS writes it, perhaps with a port: nobody is asked what a name means. */
  String address(String parameter) {
    String text = text(parameter);
    String host = text.replaceFirst("^\\[([^]]*)](:\\d{1,5})?$", "$1");
    host = host.replaceFirst("^([0-9.]+):\\d{1,5}$", "$1");
    if (Address.toByteArray(host, Address.IPv4) == null
        && Address.toByteArray(host, Address.IPv6) == null) {
      throw new MalformedRequestException("parameter '" + parameter + "' is no address");
    }
    return text;
  }

  String text(String parameter, String whenAbsent) {
    return has(parameter) ? text(parameter) : whenAbsent;
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
    long number = largeNumber(parameter);
    if (number != (int) number) {
      throw new MalformedRequestException("parameter '" + parameter + "' is too large");
    }
    return (int) number;
  }

  int number(String parameter, int whenAbsent) {
    return has(parameter) ? number(parameter) : whenAbsent;
  }

  /** A serial or a transaction's number; PowerDNS 4.7 writes some of them as {@code 12.000000}. */
  long largeNumber(String parameter) {
    String text = text(parameter);
    try {
      int point = text.indexOf('.');
      return Long.parseLong(point < 0 ? text : text.substring(0, point));
    } catch (NumberFormatException e) {
      throw new MalformedRequestException("parameter '" + parameter + "' is no number");
    }
  }

  /** A boolean: {@code true} and {@code false} in JSON, 1 and 0 in forms. */
  boolean flag(String parameter, boolean whenAbsent) {
    return switch (text(parameter, String.valueOf(whenAbsent))) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw new MalformedRequestException("parameter '" + parameter + "' is no boolean");
    };
  }

  /** The members of an object. */
  Parameters object(String parameter) {
    return object(parameter, values.get(parameter));
  }

  @SuppressWarnings("unchecked") // the parsers make no other maps
  private static Parameters object(String parameter, Object value) {
    if (value instanceof Map<?, ?> members) {
      return new Parameters((Map<String, Object>) members);
    }
    throw new MalformedRequestException("parameter '" + parameter + "' is no object");
  }

  /** The elements of an array of objects; absent is empty, as a form cannot say more. */
  List<Parameters> objects(String parameter) {
    return list(parameter).stream().map(element -> object(parameter, element)).toList();
  }

  /** Whether it is an array of objects alone: REST of PowerDNS 4.7 loses what is in some. */
  boolean hasObjects(String parameter) {
    return list(parameter).stream().allMatch(Map.class::isInstance);
  }

  /** The elements of an array of strings; absent is empty, as a form cannot say more. */
  List<String> texts(String parameter) {
    return list(parameter).stream()
        .map(element -> new Parameters(Map.of(parameter, element)).text(parameter))
        .toList();
  }

  private List<?> list(String parameter) {
    Object value = values.getOrDefault(parameter, List.of());
    if (value instanceof List<?> list) {
      return list;
    }
    throw new MalformedRequestException("parameter '" + parameter + "' is no array");
  }

  /** Names only: a value may be a PIN or a key. */
  @Override
  public String toString() {
    return "Parameters" + values.keySet();
  }
}
