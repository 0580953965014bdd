package org.keyward.admin;

import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.Nsec3Parameters;
import org.keyward.zone.ImportPreview;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ZoneData;
import org.keyward.zone.check.Finding;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/** Zones and their records. */
final class ZoneRoutes {
  private static final Logger log = LoggerFactory.getLogger(ZoneRoutes.class);
  private static final int MAX_MASTER_FILE_BYTES = 64 << 20;

  /**
   * $INCLUDE would read files of this server, $GENERATE makes billions of records of a line. Also
   * behind what dnsjava skips at the beginning of a line.
   */
  private static final Pattern DIRECTIVE = Pattern.compile("(?im)^[\\s\"()]*\\$(INCLUDE|GENERATE)");

  private final ZoneDesk zones;
  private final Overview overview;

  ZoneRoutes(ZoneDesk zones, Overview overview) {
    this.zones = zones;
    this.overview = overview;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/zones", "listZones", "Zones, a page at a time", "ZonePage", this::list)
            .with("search", "part of the name; * stands for anything")
            .with("order", "name (default), or runway: what expires next comes first")
            .with("after", "the 'next' of the page before")
            .with("limit", "rows, from 1 to 1000; default 100"),
        Route.change(
                HandlerType.POST,
                "/zones",
                "createZone",
                "Makes a zone of a SOA and NS records, or a secondary with its primaries",
                201,
                Optional.of("Zone"),
                this::create)
            .takes("NewZone"),
        Route.get("/zones/{zone}", "getZone", "A zone with its records", "Zone", this::show),
        Route.change(
                HandlerType.PUT,
                "/zones/{zone}/records",
                "importZone",
                "Replaces a zone's records by those of a master file, in one transaction;"
                    + " makes the zone when it is not there",
                200,
                Optional.of("Imported"),
                this::importRecords)
            .takes("text/dns")
            .mayRunDry(),
        Route.get(
            "/zones/{zone}/export",
            "exportZone",
            "The zone as a master file",
            "text/dns",
            this::export),
        Route.get(
            "/zones/{zone}/check",
            "checkZone",
            "What is wrong with the zone or likely to be, and the records that cannot be served",
            "ZoneCheck",
            this::check),
        Route.change(
                HandlerType.PUT,
                "/zones/{zone}/denial",
                "setDenial",
                "Chooses how the zone proves what is not in it",
                200,
                Optional.of("Denial"),
                this::setDenial)
            .takes("Denial"),
        Route.change(
                HandlerType.DELETE,
                "/zones/{zone}",
                "deleteZone",
                "Deletes a zone with everything in it; 202 when that waits for a second person",
                204,
                Optional.empty(),
                this::delete)
            .with("insist", "true: although it is signed or has a DS at its parent; needs a reason")
            .with("reason", "for the audit log, and for who has to approve it")
            .mayRunDry());
  }

  private void list(Call call) throws IOException {
    String order = call.query("order").orElse("name");
    if (!order.equals("name") && !order.equals("runway")) {
      throw new IllegalArgumentException("order is name or runway");
    }
    Overview.Page page =
        overview.zones(
            new Overview.ZoneQuery(
                call.query("search").orElse(""),
                call.query("after"),
                call.limit(100, 1_000),
                order.equals("runway")));
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("items", page.items());
    reply.put("next", page.next().orElse(null));
    call.reply(reply);
  }

  /** What {@code POST /zones} takes. */
  record NewZone(
      String zone,
      List<String> nameservers,
      String hostmaster,
      String kind,
      List<String> primaries) {}

  private void create(Call call) throws IOException {
    NewZone wanted = call.body(NewZone.class);
    if (wanted.zone() == null) {
      throw new IllegalArgumentException("needs 'zone'");
    }
    Name zone = Call.name(wanted.zone());
    zones.create(
        new WantedZone(
            zone,
            Optional.ofNullable(wanted.kind()).orElse("NATIVE"),
            orNone(wanted.nameservers()).stream().map(Call::name).toList(),
            Optional.ofNullable(wanted.hostmaster()).map(Call::name),
            orNone(wanted.primaries())));
    log.info("zone {}: created by {}", NameText.of(zone), call.actor());
    call.replyCreated(Call.path(zone), zone(zones.find(zone)));
  }

  private static List<String> orNone(List<String> given) {
    return given == null ? List.of() : given;
  }

  private void show(Call call) throws IOException {
    ZoneData data = zones.find(call.zone());
    call.tag(data.header().serial());
    call.reply(zone(data));
  }

  private static Map<String, Object> zone(ZoneData data) {
    Map<String, Object> zone = new LinkedHashMap<>();
    zone.put("zone", data.header().origin());
    zone.put("kind", data.header().kind().name().toLowerCase(Locale.ROOT));
    zone.put("serial", data.header().serial());
    zone.put("account", data.header().account());
    zone.put("records", data.withoutEmptyNonTerminals().stream().map(ZoneRoutes::record).toList());
    return zone;
  }

  private static Map<String, Object> record(RecordRow row) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("owner", row.owner());
    record.put("ttl", row.ttl());
    record.put("type", row.type());
    record.put("priority", row.priority());
    record.put("content", row.content());
    return record;
  }

  private void importRecords(Call call) throws IOException {
    Name zone = call.zone();
    if (call.serials().isPresent()) {
      throw new IllegalArgumentException(
          "a whole zone is replaced without a condition; leave out If-Match, or use PATCH …/rrsets");
    }
    try (InputStream file = call.content(MAX_MASTER_FILE_BYTES)) {
      refuseDirectives(new String(file.readAllBytes(), StandardCharsets.ISO_8859_1));
      file.reset();
      if (call.isDryRun()) {
        call.replyDryRun(preview(zone, located(() -> zones.previewImport(zone, file))));
        return;
      }
      int records = located(() -> zones.importFrom(zone, file));
      log.info("zone {}: {} records imported by {}", NameText.of(zone), records, call.actor());
      call.reply(Map.of("zone", zone, "records", records));
    }
  }

  private static Map<String, Object> preview(Name zone, ImportPreview preview) {
    Map<String, Object> outcome = new LinkedHashMap<>();
    outcome.put("outcome", preview.summary(zone));
    outcome.put("added", preview.shownAdded());
    outcome.put("removed", preview.shownRemoved());
    return outcome;
  }

  /** What reads a file, and names the line that is wrong. */
  @FunctionalInterface
  private interface Reading<T> {
    T read() throws IOException;
  }

  private static <T> T located(Reading<T> reading) {
    try {
      return reading.read();
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      throw new IllegalArgumentException(message.replaceFirst("^<none>:", "line "), e);
    }
  }

  private static void refuseDirectives(String text) {
    if (DIRECTIVE.matcher(text).find()) {
      throw new IllegalArgumentException("$INCLUDE and $GENERATE are not taken over the network");
    }
  }

  private void export(Call call) throws IOException {
    StringWriter text = new StringWriter();
    // First whole: a missing zone is a 404.
    List<RecordProblem> leftOut = zones.export(call.zone(), new PrintWriter(text));
    if (!leftOut.isEmpty()) {
      throw new ConflictException(RecordProblem.notExported(call.zone(), leftOut));
    }
    try (PrintWriter out = call.writer("text/dns")) {
      out.print(text);
    }
  }

  private void check(Call call) throws IOException {
    List<RecordProblem> problems = zones.problems(call.zone());
    List<Map<String, Object>> findings =
        zones.check(call.zone()).stream().map(ZoneRoutes::finding).toList();
    call.reply(Map.of("zone", call.zone(), "problems", problems, "findings", findings));
  }

  private static Map<String, Object> finding(Finding finding) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
    row.put("rule", finding.rule());
    row.put("owner", finding.owner());
    row.put("type", finding.type());
    row.put("content", finding.content());
    row.put("reason", finding.reason());
    return row;
  }

  /** What {@code PUT …/denial} takes, and gives back. */
  record Denial(String kind, boolean optOut, int iterations, String salt) {}

  private void setDenial(Call call) throws IOException {
    Denial wanted = call.body(Denial.class);
    String salt = Optional.ofNullable(wanted.salt()).orElse("");
    Optional<Nsec3Parameters> parameters =
        switch (String.valueOf(wanted.kind())) {
          case "nsec3" ->
              Optional.of(new Nsec3Parameters(wanted.optOut(), wanted.iterations(), salt));
          case "nsec" -> Optional.empty();
          default -> throw new IllegalArgumentException("kind is nsec or nsec3");
        };
    zones.setDenial(call.zone(), parameters);
    log.info("zone {}: denial set by {}", NameText.of(call.zone()), call.actor());
    call.reply(new Denial(wanted.kind(), wanted.optOut(), wanted.iterations(), salt));
  }

  private void delete(Call call) throws IOException {
    Name zone = call.zone();
    if (call.isDryRun()) {
      call.replyDryRun(
          zones.previewDelete(
              zone, call.flag("insist"), call.query("reason").orElse(""), call.actor()));
      return;
    }
    Optional<Long> request =
        zones.delete(zone, call.flag("insist"), call.query("reason").orElse(""), call.actor());
    if (request.isPresent()) {
      call.replyAccepted(
          "/requests/" + request.get(), Map.of("request", request.get(), "state", "waiting"));
    } else {
      log.info("zone {}: deleted by {}", NameText.of(zone), call.actor());
      call.replyNothing();
    }
  }
}
