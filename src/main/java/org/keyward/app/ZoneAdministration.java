package org.keyward.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.WantedZone;
import org.keyward.admin.ZoneDesk;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.Nsec3Parameters;
import org.keyward.store.PostgresZones;
import org.keyward.store.RequestDesk;
import org.keyward.store.SigningDesk;
import org.keyward.store.SigningReader;
import org.keyward.store.ZoneEditor;
import org.keyward.store.ZoneSurroundings;
import org.keyward.zone.GivenName;
import org.keyward.zone.ImportPreview;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.check.Finding;
import org.xbill.DNS.Name;

/** What the {@code zone} commands and the admin API do. */
public final class ZoneAdministration implements ZoneDesk, AutoCloseable {
  private static final long TTL = 3600;

  /** What reads a master file says where it is wrong. */
  private static final Pattern LINE = Pattern.compile("line (\\d+): (.*)", Pattern.DOTALL);

  private final Storage storage;
  private final PostgresZones zones;
  private final ZoneEditor editor;
  private final ZoneSurroundings surroundings;
  private final SigningDesk desk;
  private final RequestDesk requests;
  private final ZoneDeletion deletion;
  private final ZoneChecks checks;

  ZoneAdministration(Storage storage, KeywardConfig config) {
    this.storage = storage;
    this.zones = new PostgresZones(storage.database(), SigningReader.NONE);
    this.editor = new ZoneEditor(storage.database());
    this.surroundings = new ZoneSurroundings(storage.database());
    this.desk = new SigningDesk(storage.database());
    this.requests = new RequestDesk(storage.database());
    this.deletion = new ZoneDeletion(storage, Roles.parentDs(config));
    this.checks = new ZoneChecks(storage.database(), storage.clock());
  }

  public static ZoneAdministration open(KeywardConfig config) {
    return new ZoneAdministration(Storage.open(config), config);
  }

  /** Reads a zone's name, with or without its last dot. */
  public static Name name(String text) {
    return GivenName.parse(text);
  }

  public List<ZoneHeader> list() {
    return zones.headers().stream().sorted(Comparator.comparing(ZoneHeader::origin)).toList();
  }

  /**
   * The zone with everything in it.
   *
   * @throws NoSuchThingException when there is none
   */
  @Override
  public ZoneData find(Name zone) {
    return editor.find(zone).flatMap(zones::load).orElseThrow(() -> noSuch(zone));
  }

  private static NoSuchThingException noSuch(Name zone) {
    return new NoSuchThingException(
        "there is no zone " + NameText.of(zone) + "; 'keyward zone list' shows those that are");
  }

  @Override
  public void create(WantedZone wanted) {
    List<RecordRow> rows = wanted.servers().isEmpty() ? List.of() : apex(wanted);
    if (!editor.create(wanted.zone(), wanted.kind(), wanted.primaries(), rows)) {
      throw new ConflictException("the zone " + NameText.of(wanted.zone()) + " is there already");
    }
  }

  private static List<RecordRow> apex(WantedZone wanted) {
    Name zone = wanted.zone();
    List<Name> servers = wanted.servers();
    Name mailbox =
        wanted
            .hostmaster()
            .orElseGet(
                () ->
                    name(
                        zone.equals(Name.root)
                            ? "hostmaster."
                            : "hostmaster." + NameText.of(zone)));
    String soa =
        NameText.of(servers.get(0)) + " " + NameText.of(mailbox) + " 1 10800 3600 604800 3600";
    List<RecordRow> rows = new ArrayList<>();
    rows.add(new RecordRow(0, zone, "SOA", soa, TTL, 0));
    servers.forEach(server -> rows.add(new RecordRow(0, zone, "NS", NameText.of(server), TTL, 0)));
    return rows;
  }

  /**
   * Replaces the zone's records by those of a master file.
   *
   * @return how many records it has now
   */
  public int importFile(Name zone, Path file, Steps steps) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(file + " is not there or cannot be read");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return importFrom(zone, in, steps);
    } catch (IOException e) {
      throw named(file, e);
    }
  }

  /** What {@link #importFile} would do; everything is checked, and nothing changes. */
  public ImportPreview previewImport(Name zone, Path file, Steps steps) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(file + " is not there or cannot be read");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return previewImport(zone, in, steps);
    } catch (IOException e) {
      throw named(file, e);
    }
  }

  @Override
  public ImportPreview previewImport(Name zone, InputStream masterFile) throws IOException {
    return previewImport(zone, masterFile, Steps.NOBODY);
  }

  private ImportPreview previewImport(Name zone, InputStream masterFile, Steps steps)
      throws IOException {
    List<RecordRow> rows =
        MasterFile.read(masterFile, zone, read -> steps.at("reading records", read, 0));
    Optional<ZoneData> there = editor.find(zone).flatMap(zones::load);
    steps.at("checking records", 0, rows.size());
    editor.tryReplace(zone, rows);
    return ImportPreview.of(there.isEmpty(), there.map(ZoneData::records).orElse(List.of()), rows);
  }

  /** What reads the file knows the line, and not the file's name. */
  private static IOException named(Path file, IOException e) {
    Matcher line = LINE.matcher(String.valueOf(e.getMessage()));
    return line.matches()
        ? new IOException("%s:%s: %s".formatted(file, line.group(1), line.group(2)), e)
        : e;
  }

  @Override
  public int importFrom(Name zone, InputStream masterFile) throws IOException {
    return importFrom(zone, masterFile, Steps.NOBODY);
  }

  private int importFrom(Name zone, InputStream masterFile, Steps steps) throws IOException {
    List<RecordRow> rows =
        MasterFile.read(masterFile, zone, read -> steps.at("reading records", read, 0));
    steps.at("storing records", 0, rows.size());
    editor.replace(zone, rows, stored -> steps.at("storing records", stored, rows.size()));
    return rows.size();
  }

  @Override
  public List<RecordProblem> export(Name zone, PrintWriter out) {
    return MasterFile.write(find(zone).withoutEmptyNonTerminals(), out);
  }

  @Override
  public List<RecordProblem> problems(Name zone) {
    return MasterFile.problems(find(zone), storage.clock());
  }

  @Override
  public void setDenial(Name zone, Optional<Nsec3Parameters> parameters) {
    if (!editor.setMetadata(zone, "NSEC3PARAM", parameters.map(Nsec3Parameters::text))) {
      throw new NoSuchThingException("there is no zone " + NameText.of(zone));
    }
  }

  /**
   * Publishes the zone's key for its parent, as CDS and CDNSKEY.
   *
   * @param digests numbers of digest types; 0 alone for the form that asks for no DS; empty for no
   *     longer
   * @return the number of the request that waits for a second person; empty when it is done
   */
  public Optional<Long> publishKeys(Name zone, List<String> digests, String reason, String actor) {
    if (desk.keySigningKeys(zone).isEmpty() && !surroundings.isSignedByPowerDns(zone)) {
      throw new NoSuchThingException(
          NameText.of(zone) + " has no key; 'keyward assign' gives it one");
    }
    if (requests.needsTwoPeople()) {
      return Optional.of(
          requests.askToPublish(zone, digests, reason, actor, storage.clock().instant()));
    }
    editor.publishKeys(zone, String.join(",", digests), actor);
    return Optional.empty();
  }

  @Override
  public List<Finding> check(Name zone) {
    return checks.of(zone).orElseThrow(() -> noSuch(zone));
  }

  /** Checks all zones, and gives those of which something was found. */
  public SortedMap<Name, List<Finding>> checkAll(Steps steps) {
    return checks.ofAll(surroundings.zones(), steps);
  }

  /** Zones that are in no list, since their names are none; as they are stored. */
  public List<String> unreadable() {
    return surroundings.unreadableZones();
  }

  /** Asks the zone's name servers over the network; what is wrong with them. */
  public List<Finding> lameServers(Name zone) {
    return new NameServerCheck().lame(zone, find(zone).withoutEmptyNonTerminals());
  }

  @Override
  public String previewDelete(Name zone, boolean insist, String reason, String actor) {
    return deletion.preview(zone, insist, reason, actor);
  }

  @Override
  public Optional<Long> delete(Name zone, boolean insist, String reason, String actor) {
    return deletion.delete(zone, insist, reason, actor);
  }

  @Override
  public void close() {
    storage.close();
  }
}
