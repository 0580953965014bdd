import java.io.File;
import org.keyward.cli.KeywardCommand;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Writes a page of AsciiDoc for each command; for bin/package. */
class ManPages {
  public static void main(String[] args) throws Exception {
    CommandLine root = KeywardCommand.commandLine();
    ManPageGenerator.generateManPage(
        new File(args[0]), null, new boolean[0], true, new CommandSpec[] {root.getCommandSpec()});
  }
}
