package org.keyward.admin;

import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.keyward.zone.RrsetChange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/** Records of a zone, those of one name and type together. */
final class RrsetRoutes {
  private static final Logger log = LoggerFactory.getLogger(RrsetRoutes.class);
  private static final String ONE = "/zones/{zone}/rrsets/{name}/{type}";

  private final RrsetDesk desk;

  RrsetRoutes(RrsetDesk desk) {
    this.desk = desk;
  }

  List<Route> routes() {
    return List.of(
        Route.get(
                "/zones/{zone}/rrsets",
                "listRrsets",
                "The zone's records, those of one name and type together, a page at a time; the ETag is"
                    + " the zone's serial",
                "RrsetPage",
                this::list)
            .with("name", "of this name alone")
            .with("type", "of this type alone")
            .with("after", "the 'next' of the page before")
            .with("limit", "sets, from 1 to 1000; default 100"),
        Route.change(
                HandlerType.PATCH,
                "/zones/{zone}/rrsets",
                "changeRrsets",
                "Replaces sets of records, or adds and removes records of them; all changes or none",
                200,
                Optional.of("ChangedZone"),
                this::patch)
            .takes("RrsetChanges")
            .ifMatch(),
        Route.change(
                HandlerType.PUT,
                ONE,
                "putRrset",
                "Replaces the records of a name and type by these",
                200,
                Optional.of("ChangedZone"),
                this::put)
            .takes("NewRrset")
            .ifMatch(),
        Route.change(
                HandlerType.DELETE,
                ONE,
                "deleteRrset",
                "Deletes the records of a name and type; it may be that there are none",
                200,
                Optional.of("ChangedZone"),
                this::delete)
            .ifMatch());
  }

  private void list(Call call) throws IOException {
    RrsetDesk.Page page =
        desk.read(
            call.zone(),
            new RrsetDesk.Query(
                call.query("name").map(Call::name),
                call.query("type").map(type -> type.toUpperCase(Locale.ROOT)),
                call.query("after"),
                call.limit(100, 1_000)));
    call.tag(page.serial());
    Map<String, Object> reply = changed(page.zone(), page.serial());
    reply.put("items", page.items());
    reply.put("next", page.next().orElse(null));
    call.reply(reply);
  }

  /** What {@code PATCH …/rrsets} takes. */
  record RrsetChanges(List<Wanted> changes) {}

  /** One of its changes: {@code contents}, or {@code add} and {@code remove}. */
  record Wanted(
      String name,
      String type,
      Long ttl,
      List<String> contents,
      List<String> add,
      List<String> remove) {
    RrsetChange change() {
      if (name == null || type == null) {
        throw new IllegalArgumentException("each change needs 'name' and 'type'");
      }
      boolean some = add != null || remove != null;
      if (some == (contents != null)) {
        throw new IllegalArgumentException(
            name + " " + type + ": needs either 'contents', or 'add' and 'remove'");
      }
      return new RrsetChange(
          name,
          type,
          Optional.ofNullable(ttl),
          Optional.ofNullable(contents),
          add == null ? List.of() : add,
          remove == null ? List.of() : remove);
    }
  }

  private void patch(Call call) throws IOException {
    RrsetChanges wanted = call.body(RrsetChanges.class);
    if (wanted.changes() == null) {
      throw new IllegalArgumentException("needs 'changes'");
    }
    change(call, wanted.changes().stream().map(Wanted::change).toList());
  }

  /** What {@code PUT …/rrsets/NAME/TYPE} takes. */
  record NewRrset(Long ttl, List<String> contents) {}

  private void put(Call call) throws IOException {
    NewRrset wanted = call.body(NewRrset.class);
    if (wanted.contents() == null || wanted.contents().isEmpty()) {
      throw new IllegalArgumentException("needs 'contents'; DELETE deletes the records");
    }
    change(call, Optional.ofNullable(wanted.ttl()), wanted.contents());
  }

  private void delete(Call call) throws IOException {
    change(call, Optional.empty(), List.of());
  }

  private void change(Call call, Optional<Long> ttl, List<String> contents) throws IOException {
    change(
        call,
        List.of(
            new RrsetChange(
                call.unescaped("name"),
                call.word("type"),
                ttl,
                Optional.of(contents),
                List.of(),
                List.of())));
  }

  private void change(Call call, List<RrsetChange> changes) throws IOException {
    Name zone = call.zone();
    long serial = desk.change(zone, call.serials(), changes);
    log.info("zone {}: {} RRsets changed by {}", NameText.of(zone), changes.size(), call.actor());
    call.tag(serial);
    call.reply(changed(zone, serial));
  }

  private static Map<String, Object> changed(Name zone, long serial) {
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("zone", zone);
    reply.put("serial", serial);
    return reply;
  }
}
