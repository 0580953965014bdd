package org.keyward.cli;

import java.util.List;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "ds", description = "The DS records for the zone's parent.")
final class DsCommand extends Action {
  @Parameters(paramLabel = "ZONE", description = "The zone.")
  private String zone;

  @Option(
      names = "--digest",
      split = ",",
      paramLabel = "DIGEST",
      defaultValue = "sha256",
      description = "sha256, sha384, sha1; default: sha256.")
  private List<String> digests;

  @Override
  void run() {
    Name name = ZoneAdministration.name(zone);
    try (SigningRequests signer = SigningRequests.open(config())) {
      List<DNSKEYRecord> keys = signer.keySigningKeys(name);
      if (keys.isEmpty()) {
        throw new CommandFailed(name + " has no key; 'keyward assign' gives it one");
      }
      for (DNSKEYRecord key : keys) {
        digests.forEach(
            digest ->
                out().println(new DSRecord(name, key.getDClass(), 3600, number(digest), key)));
      }
    }
  }

  private int number(String digest) {
    return switch (digest) {
      case "sha256" -> DNSSEC.Digest.SHA256;
      case "sha384" -> DNSSEC.Digest.SHA384;
      case "sha1" -> {
        err().println("keyward: SHA-1 is broken; use it only where a registry takes nothing else");
        yield DNSSEC.Digest.SHA1;
      }
      default -> throw wrongUsage("--digest " + digest + " is none of sha256, sha384, sha1");
    };
  }
}
