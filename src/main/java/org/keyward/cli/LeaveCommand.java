package org.keyward.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.keyward.app.Leave;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "leave",
    description = {
      "Says what stands between this database and PowerDNS's own backend gpgsql.",
      "With --apply writes the SQL script that gives the database back; the database itself stays"
          + " as it is until somebody runs it."
    })
final class LeaveCommand extends Action {
  @Option(
      names = "--apply",
      paramLabel = "FILE",
      description = "The script to write. It holds private keys in clear: mode 0600, delete it.")
  private Path script;

  @Override
  void run() throws IOException {
    try (Leave leave = Leave.open(config())) {
      List<String> signed = leave.signedZones();
      if (!signed.isEmpty()) {
        throw new CommandFailed(
            "Keyward signs "
                + String.join(", ", signed)
                + ": nobody else can use these keys. Have each DS removed from the parent, then"
                + " 'keyward unassign' the zone");
      }
      if (script == null) {
        out().println("nothing stands in the way; sealed keys to open: " + leave.sealedKeys());
        return;
      }
      int keys = leave.sealedKeys();
      leave.write(script);
      out().println("wrote " + script + " with " + keys + " private keys in clear");
      out().println("now: stop keyward, psql -v ON_ERROR_STOP=1 -f " + script + ", delete it,");
      out().println("set launch=gpgsql in pdns.conf, run pdnsutil rectify-all-zones");
    }
  }
}
