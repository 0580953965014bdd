package org.keyward.remote;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The members of a query or of a form body, with PHP's brackets as PowerDNS writes them: {@code
 * rr[ttl]=1}, {@code rrset[0][ttl]=1}, {@code value[]=x}. PowerDNS 4.7 leaves the names of boolean
 * members out; what has no name is passed over.
 */
final class FormMembers {
  private static final Pattern KEY = Pattern.compile("([^\\[]+)(?:\\[(\\w*)])?(?:\\[(\\w+)])?");

  private final Map<String, Object> members = new HashMap<>();
  private final Map<String, Map<Integer, Map<String, Object>>> arrays = new HashMap<>();

  private FormMembers() {}

  static Map<String, Object> parse(String encoded) {
    FormMembers form = new FormMembers();
    for (String member : encoded.split("&", -1)) {
      int equals = member.indexOf('=');
      if (equals > 0) {
        form.add(decode(member.substring(0, equals)), decode(member.substring(equals + 1)));
      }
    }
    form.arrays.forEach(
        (name, elements) -> form.members.put(name, new ArrayList<>(elements.values())));
    return form.members;
  }

  private void add(String key, String value) {
    Matcher matcher = KEY.matcher(key);
    if (!matcher.matches()) {
      throw new MalformedRequestException("the form has a member without a proper name");
    }
    String name = matcher.group(1);
    String member = matcher.group(2);
    if (member == null) {
      members.put(name, value);
    } else if (member.isEmpty()) {
      list(name).add(value);
    } else if (matcher.group(3) == null) {
      object(name).put(member, value);
    } else {
      element(name, member).put(matcher.group(3), value);
    }
  }

  @SuppressWarnings("unchecked") // nothing else is put there
  private List<Object> list(String name) {
    return (List<Object>) members.computeIfAbsent(name, n -> new ArrayList<>());
  }

  @SuppressWarnings("unchecked") // nothing else is put there
  private Map<String, Object> object(String name) {
    return (Map<String, Object>) members.computeIfAbsent(name, n -> new HashMap<>());
  }

  private Map<String, Object> element(String name, String index) {
    try {
      return arrays
          .computeIfAbsent(name, n -> new TreeMap<>())
          .computeIfAbsent(Integer.parseInt(index), i -> new HashMap<>());
    } catch (NumberFormatException e) {
      throw new MalformedRequestException("the form has an array with an index that is no number");
    }
  }

  static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new MalformedRequestException("the request is not percent-encoded properly");
    }
  }
}
