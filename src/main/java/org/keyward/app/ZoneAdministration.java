package org.keyward.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.Nsec3Parameters;
import org.keyward.store.PostgresZones;
import org.keyward.store.SigningReader;
import org.keyward.store.ZoneEditor;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** What the {@code zone} commands do. */
public final class ZoneAdministration implements AutoCloseable {
  private static final long TTL = 3600;

  private final Storage storage;
  private final PostgresZones zones;
  private final ZoneEditor editor;

  private ZoneAdministration(Storage storage) {
    this.storage = storage;
    this.zones = new PostgresZones(storage.database(), SigningReader.NONE);
    this.editor = new ZoneEditor(storage.database());
  }

  public static ZoneAdministration open(KeywardConfig config) {
    return new ZoneAdministration(Storage.open(config));
  }

  /** Reads a zone's name, with or without its last dot. */
  public static Name name(String text) {
    try {
      return Name.fromString(text.toLowerCase(java.util.Locale.ROOT), Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("'" + text + "' is not a domain name", e);
    }
  }

  public List<ZoneHeader> list() {
    return zones.headers().stream().sorted(Comparator.comparing(ZoneHeader::origin)).toList();
  }

  /**
   * The zone with everything in it.
   *
   * @throws IllegalArgumentException when there is none
   */
  public ZoneData find(Name zone) {
    return editor
        .find(zone)
        .flatMap(zones::load)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no zone " + zone + "; 'keyward zone list' shows those that are"));
  }

  /** Makes a zone of a SOA and NS records. */
  public void create(Name zone, List<Name> servers, Optional<Name> hostmaster) {
    Name mailbox =
        hostmaster.orElseGet(
            () -> name(zone.equals(Name.root) ? "hostmaster." : "hostmaster." + zone));
    String soa = undotted(servers.get(0)) + " " + undotted(mailbox) + " 1 10800 3600 604800 3600";
    List<RecordRow> rows = new ArrayList<>();
    rows.add(new RecordRow(0, zone, "SOA", soa, TTL, 0));
    servers.forEach(server -> rows.add(new RecordRow(0, zone, "NS", undotted(server), TTL, 0)));
    if (!editor.create(zone, rows)) {
      throw new IllegalArgumentException("the zone " + zone + " is there already");
    }
  }

  private static String undotted(Name name) {
    return name.equals(Name.root) ? "." : name.toString(true);
  }

  /**
   * Replaces the zone's records by those of a master file.
   *
   * @return how many records it has now
   */
  public int importFile(Name zone, Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(file + " is not there or cannot be read");
    }
    try (InputStream in = Files.newInputStream(file)) {
      List<RecordRow> rows = MasterFile.read(in, zone);
      editor.replace(zone, rows);
      return rows.size();
    }
  }

  public void export(Name zone, PrintWriter out) {
    MasterFile.write(find(zone).records(), out);
  }

  public List<RecordProblem> problems(Name zone) {
    return MasterFile.problems(find(zone), Clock.systemUTC());
  }

  /** Sets how the zone proves what is not in it; NSEC when {@code parameters} is empty. */
  public void setDenial(Name zone, Optional<Nsec3Parameters> parameters) {
    if (!editor.setMetadata(zone, "NSEC3PARAM", parameters.map(Nsec3Parameters::text))) {
      throw new IllegalArgumentException("there is no zone " + zone);
    }
  }

  public void delete(Name zone) {
    if (!editor.delete(zone)) {
      throw new IllegalArgumentException("there is no zone " + zone);
    }
  }

  @Override
  public void close() {
    storage.close();
  }
}
