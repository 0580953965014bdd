package org.keyward.remote;

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
      Map.ofEntries(
          entry("lookup", "qname", "qtype"),
          entry("APILookup", "qname", "qtype"),
          entry("list", "domain_id", "zonename"),
          entry("getBeforeAndAfterNamesAbsolute", "id", "qname"),
          entry("getAllDomainMetadata", "name"),
          entry("getDomainMetadata", "name", "kind"),
          entry("setDomainMetadata", "name", "kind"),
          entry("getDomainKeys", "name"),
          entry("addDomainKey", "name"),
          entry("removeDomainKey", "id", "name"),
          entry("activateDomainKey", "id", "name"),
          entry("deactivateDomainKey", "id", "name"),
          entry("publishDomainKey", "id", "name"),
          entry("unpublishDomainKey", "id", "name"),
          entry("getDomainInfo", "name"),
          entry("getTSIGKey", "name"),
          entry("setTSIGKey", "name"),
          entry("deleteTSIGKey", "name"),
          entry("startTransaction", "domain_id", "domain", "trxid"),
          entry("commitTransaction", "trxid"),
          entry("abortTransaction", "trxid"),
          entry("feedRecord", "trxid"),
          entry("feedEnts", "domain_id", "trxid"),
          entry("feedEnts3", "domain_id", "domain", "trxid"),
          entry("replaceRRSet", "domain_id", "qname", "qtype"),
          entry("setNotified", "id"),
          entry("setFresh", "id"),
          entry("setStale", "id"),
          entry("superMasterBackend", "ip", "domain"),
          entry("createSlaveDomain", "ip", "domain"),
          entry("calculateSOASerial", "domain"));

  private static Map.Entry<String, List<String>> entry(String method, String... parameters) {
    return Map.entry(method, List.of(parameters));
  }

  private RestRequest() {}

  /**
   * Reads a request.
   *
   * @param path after the backend's own path, undecoded
   * @param form what else there is: query, form body, headers, decoded, by PowerDNS's names
   */
  static Request parse(String path, Map<String, Object> form) {
    String[] segments = path.split("/", -1);
    String method = decode(segments[0]);
    List<String> names = PATHS.getOrDefault(method, List.of());
    if (segments.length - 1 < names.size()) {
      throw new MalformedRequestException(
          "the path of " + method + " is /" + method + "/<" + String.join(">/<", names) + ">");
    }
    Map<String, Object> parameters = new HashMap<>(form);
    for (int i = 0; i < names.size(); i++) {
      parameters.put(names.get(i), decode(segments[i + 1]));
    }
    return new Request(method, new Parameters(parameters));
  }

  private static String decode(String segment) {
    return FormMembers.decode(segment.replace("+", "%2b"));
  }
}
