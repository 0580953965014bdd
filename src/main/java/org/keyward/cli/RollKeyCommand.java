package org.keyward.cli;

import java.util.List;
import java.util.Optional;
import org.keyward.app.KeyCampaign;
import org.keyward.app.SigningRequests;
import org.keyward.audit.Actor;
import org.keyward.signing.PaceText;
import org.keyward.signing.SigningRequest;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "key",
    description = {
      "Replaces a key signing key by another in all of its zones, in waves.",
      "Each call begins one wave, and only when the rolls of the one before are over; it begins none"
          + " while a zone of them has a critical finding or a roll that is stuck."
    })
final class RollKeyCommand extends Action {
  @Parameters(paramLabel = "TOKEN/LABEL", description = "The key that is replaced.")
  private String old;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "TOKEN/LABEL",
      description = "The key that takes its place, which is on the token already.")
  private String to;

  @Option(
      names = "--waves",
      paramLabel = "PERCENTS",
      defaultValue = "1,10,100",
      description =
          "How much of all zones is in each wave and those before: 1,10,100; say the same in each call.")
  private String waves;

  @Option(
      names = "--dry-run",
      description = "Says which zone is in which wave, how far it is, and why it is left out.")
  private boolean dryRun;

  @Option(names = "--json", description = "Of a dry run: as JSON.")
  private boolean json;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
  private String reason;

  @Override
  void run() throws InterruptedException {
    KeyCampaign.Key next = key("--to", to);
    KeyCampaign.Standing standing = standing(key("the key", old), next);
    if (dryRun) {
      print(standing);
      return;
    }
    KeyCampaign.Step step = standing.next();
    out().println(step.says());
    begin(step.begin(), next);
  }

  private KeyCampaign.Standing standing(KeyCampaign.Key from, KeyCampaign.Key next) {
    KeyCampaign.WaveList parsed;
    try {
      parsed = KeyCampaign.WaveList.parse(waves);
    } catch (IllegalArgumentException e) {
      throw wrongUsage("--waves: " + e.getMessage());
    }
    try (KeyCampaign campaign = KeyCampaign.open(config())) {
      return campaign.standing(from, next, parsed);
    }
  }

  private KeyCampaign.Key key(String what, String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw wrongUsage(what + " is TOKEN/LABEL, not '" + text + "'");
    }
    return new KeyCampaign.Key(text.substring(0, slash), text.substring(slash + 1));
  }

  /** The first that is refused ends it: what is wrong with one may be so with all. */
  private void begin(List<Name> zones, KeyCampaign.Key next) throws InterruptedException {
    try (SigningRequests signer = SigningRequests.open(config())) {
      for (Name zone : zones) {
        long request =
            signer.roll(
                new SigningRequest.Roll(
                    zone,
                    SigningRequest.Roll.start(PaceText.parse("lazy")),
                    "ksk",
                    Optional.of(next.token()),
                    Optional.of(next.label()),
                    reason,
                    Actor.operatingSystemUser()));
        out().println(signer.await(request, () -> {}));
      }
    }
  }

  private void print(KeyCampaign.Standing standing) {
    Listing listing = new Listing("wave", "zone", "progress", "why");
    standing
        .rows()
        .forEach(
            row ->
                listing.add(row.get("wave"), row.get("zone"), row.get("progress"), row.get("why")));
    listing.print(out(), json);
  }
}
