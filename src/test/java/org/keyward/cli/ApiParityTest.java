package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.keyward.admin.OpenApiNames;
import picocli.CommandLine;

/** What the commands do, the API does; what it does not, has its reason here. */
class ApiParityTest {
  private static final Map<String, List<String>> OPERATIONS = new LinkedHashMap<>();

  static {
    OPERATIONS.put("zone create", List.of("createZone"));
    OPERATIONS.put("zone import", List.of("importZone"));
    OPERATIONS.put("zone list", List.of("listZones"));
    OPERATIONS.put("zone show", List.of("getZone"));
    OPERATIONS.put("zone export", List.of("exportZone"));
    OPERATIONS.put("zone check", List.of("checkZone"));
    OPERATIONS.put("zone denial", List.of("setDenial"));
    OPERATIONS.put("zone delete", List.of("deleteZone"));
    OPERATIONS.put("assign", List.of("assign", "getRequest"));
    OPERATIONS.put("mode", List.of("changeMode"));
    OPERATIONS.put("unassign", List.of("unassign"));
    OPERATIONS.put("ds", List.of("getDs"));
    OPERATIONS.put("status", List.of("getStatus", "listTokens"));
    OPERATIONS.put("token list", List.of("listTokens"));
    OPERATIONS.put("token keys", List.of("listKeys"));
    OPERATIONS.put("key list", List.of("listKeys"));
    OPERATIONS.put("parent check", List.of("checkParent"));
    OPERATIONS.put("roll start", List.of("startRoll"));
    OPERATIONS.put("roll key", List.of("startRoll"));
    OPERATIONS.put("roll list", List.of("listRolls"));
    OPERATIONS.put("roll show", List.of("getRoll"));
    OPERATIONS.put("roll hold", List.of("holdRoll"));
    OPERATIONS.put("roll resume", List.of("resumeRoll"));
    OPERATIONS.put("roll cancel", List.of("cancelRoll"));
    OPERATIONS.put("roll confirm", List.of("confirmRoll"));
    OPERATIONS.put("roll ds-due", List.of("listDsDue"));
    OPERATIONS.put("policy list", List.of("listPolicies"));
    OPERATIONS.put("policy show", List.of("getPolicy"));
    OPERATIONS.put("policy set", List.of("setPolicy"));
    OPERATIONS.put("policy unset", List.of("setPolicy"));
    OPERATIONS.put("policy assign", List.of("assignPolicy"));
    OPERATIONS.put("policy delete", List.of("deletePolicy"));
    OPERATIONS.put("plan", List.of("getPlan"));
    OPERATIONS.put("findings", List.of("listFindings"));
    OPERATIONS.put("request list", List.of("listRequests"));
    OPERATIONS.put("request cancel", List.of("cancelRequest"));
    OPERATIONS.put("approve", List.of("approve", "reject"));
    OPERATIONS.put("audit list", List.of("listAudit"));
    OPERATIONS.put("audit keys", List.of("getKeyHistory"));
    OPERATIONS.put("audit export", List.of("exportAudit"));
    OPERATIONS.put("audit verify", List.of("verifyAudit"));
    OPERATIONS.put("audit report", List.of("reportAudit"));
  }

  private static final Map<String, String> ON_THE_HOST_ALONE =
      Map.ofEntries(
          Map.entry("run", "is the service"),
          Map.entry("serve", "is the service"),
          Map.entry("sign", "is the service"),
          Map.entry("demo", "is a service of its own"),
          Map.entry("setup", "makes what a server needs before it starts"),
          Map.entry("migrate", "needs the owner of the tables"),
          Map.entry("leave", "needs the owner of the tables"),
          Map.entry("seal rotate", "needs the owner of the tables and both seal keys"),
          Map.entry("adopt-hsm", "is done once, when a database is adopted"),
          Map.entry("pdns-config", "is for the host of PowerDNS"),
          Map.entry("token check", "logs in: the PIN is at the signer alone"),
          Map.entry("token bench", "logs in: the PIN is at the signer alone"),
          Map.entry("key generate", "logs in: the PIN is at the signer alone"),
          Map.entry("two-person", "is asked for where requests are approved: off is one of them"),
          Map.entry("clock list", "is for whoever sets the clocks of hosts"),
          Map.entry("clock accept", "is for whoever sets the clocks of hosts"),
          Map.entry("api-token create", "no token makes another"),
          Map.entry("api-token list", "no token makes another"),
          Map.entry("api-token revoke", "no token makes another"));

  @Test
  void everyCommandIsAnOperationOrHasAReasonNotToBe() {
    Set<String> decided = new TreeSet<>(OPERATIONS.keySet());
    decided.addAll(ON_THE_HOST_ALONE.keySet());
    assertThat(commands("", KeywardCommand.commandLine())).isEqualTo(decided);
  }

  @Test
  void everyOperationIsThatOfACommand() {
    Set<String> operations = new TreeSet<>();
    OPERATIONS.values().forEach(operations::addAll);
    operations.add("whoAmI"); // a command knows who runs it
    // On the host there are SQL and pdnsutil for single sets of records.
    operations.addAll(List.of("listRrsets", "changeRrsets", "putRrset", "deleteRrset"));
    assertThat(new TreeSet<>(OpenApiNames.all())).isEqualTo(operations);
  }

  private static Set<String> commands(String prefix, CommandLine command) {
    Set<String> leaves = new TreeSet<>();
    for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
      List<String> words = new ArrayList<>(prefix.isEmpty() ? List.of() : List.of(prefix));
      words.add(sub.getKey());
      String name = String.join(" ", words);
      if (sub.getValue().getSubcommands().isEmpty()) {
        leaves.add(name);
      } else {
        leaves.addAll(commands(name, sub.getValue()));
      }
    }
    return leaves;
  }
}
