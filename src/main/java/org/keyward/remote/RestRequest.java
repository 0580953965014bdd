package org.keyward.remote;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * PowerDNS's REST form: {@code /<method>/<parameter>/…}, more in the query, in the form body and in
 * {@code X-RemoteBackend-} headers. Read from the raw path: PowerDNS encodes dots and backslashes,
 * which a servlet container's own decoding would take for directories.
 */
final class RestRequest {
  private static final Map<String, List<String>> PATHS =
      Map.of(
          "lookup", List.of("qname", "qtype"),
          "list", List.of("domain_id", "zonename"),
          "getBeforeAndAfterNamesAbsolute", List.of("id", "qname"),
          "getAllDomainMetadata", List.of("name"),
          "getDomainMetadata", List.of("name", "kind"),
          "getDomainKeys", List.of("name"),
          "getDomainInfo", List.of("name"),
          "getTSIGKey", List.of("name"));

  private RestRequest() {}

  /**
   * Reads a request.
   *
   * @param path after the backend's own path, undecoded
   * @param form what else there is: query, form body, headers, decoded, by PowerDNS's names
   */
  static Request parse(String path, Map<String, String> form) {
    String[] segments = path.split("/", -1);
    String method = decode(segments[0]);
    List<String> names = PATHS.getOrDefault(method, List.of());
    if (segments.length - 1 < names.size()) {
      throw new MalformedRequestException(
          "the path of " + method + " is /" + method + "/<" + String.join(">/<", names) + ">");
    }
    Map<String, String> parameters = new HashMap<>(form);
    for (int i = 0; i < names.size(); i++) {
      parameters.put(names.get(i), decode(segments[i + 1]));
    }
    return new Request(method, new Parameters(parameters));
  }

  /** The members of a query or of a form body. */
  static Map<String, String> form(String encoded) {
    Map<String, String> members = new HashMap<>();
    for (String member : encoded.split("&", -1)) {
      int equals = member.indexOf('=');
      if (equals > 0) {
        members.put(
            decodeForm(member.substring(0, equals)), decodeForm(member.substring(equals + 1)));
      }
    }
    return members;
  }

  private static String decode(String segment) {
    return decodeForm(segment.replace("+", "%2b"));
  }

  private static String decodeForm(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new MalformedRequestException("the request is not percent-encoded properly");
    }
  }
}
