package org.keyward.admin;

import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.dnssec.Algorithm;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.DSRecord;

/** Which zone uses which key, and what people ask for. */
final class SigningRoutes {
  private final SigningDesk desk;
  private final DryRuns dryRuns;

  SigningRoutes(SigningDesk desk, DryRuns dryRuns) {
    this.desk = desk;
    this.dryRuns = dryRuns;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/zones/{zone}/ds", "getDs", "DS records for the zone's parent", "Ds", this::ds)
            .with("digest", "sha256, sha384, sha1, separated by commas; default sha256"),
        Route.change(
                HandlerType.POST,
                "/zones/{zone}/assignment",
                "assign",
                "Asks the signer to sign the zone with a key on a token; where that key is about to be"
                    + " taken away, it stays",
                202,
                Optional.of("Accepted"),
                this::assign)
            .takes("NewAssignment")
            .mayRunDry(),
        Route.change(
                HandlerType.PUT,
                "/zones/{zone}/mode",
                "changeMode",
                "Asks the signer to change who signs the zone",
                202,
                Optional.of("Accepted"),
                this::changeMode)
            .takes("NewMode")
            .mayRunDry(),
        Route.change(
                HandlerType.DELETE,
                "/zones/{zone}/assignment",
                "unassign",
                "Asks the signer to take the zone back to unsigned, in the safe order",
                202,
                Optional.of("Accepted"),
                this::unassign)
            .with("reason", "for the audit log")
            .mayRunDry(),
        Route.get(
                "/requests",
                "listRequests",
                "What people have asked for, the newest first",
                "Requests",
                this::list)
            .with("state", "waiting: only those that wait for a second person")
            .with("limit", "rows, from 1 to 1000; default 100"),
        Route.get(
            "/requests/{id}",
            "getRequest",
            "A request and its answer",
            "Request",
            call -> call.reply(row(desk.request(call.number("id"))))),
        Route.change(
            HandlerType.POST,
            "/requests/{id}/approval",
            "approve",
            "Lets take effect what another person asked for",
            200,
            Optional.of("Request"),
            this::approve),
        Route.change(
                HandlerType.POST,
                "/requests/{id}/rejection",
                "reject",
                "Ends a request that waits for a second person",
                200,
                Optional.of("Request"),
                this::reject)
            .with("reason", "for who made the request"),
        Route.change(
                HandlerType.POST,
                "/requests/{id}/cancellation",
                "cancelRequest",
                "Takes back a request that nobody has carried out",
                200,
                Optional.of("Request"),
                this::cancel)
            .with("reason", "for the audit log"));
  }

  private void ds(Call call) throws IOException {
    List<String> digests = Arrays.asList(call.query("digest").orElse("sha256").split(","));
    List<DSRecord> records = desk.ds(call.zone(), digests);
    call.reply(
        Map.of("zone", call.zone(), "items", records.stream().map(SigningRoutes::ds).toList()));
  }

  private static Map<String, Object> ds(DSRecord record) {
    Map<String, Object> ds = new LinkedHashMap<>();
    ds.put("key_tag", record.getFootprint());
    ds.put("algorithm", record.getAlgorithm());
    ds.put("digest_type", record.getDigestID());
    ds.put("digest", java.util.HexFormat.of().formatHex(record.getDigest()));
    ds.put("record", record.toString());
    return ds;
  }

  /** What {@code POST …/assignment} takes. */
  record NewAssignment(String token, String label, String algorithm, String mode, String reason) {}

  private void assign(Call call) throws IOException {
    NewAssignment wanted = call.body(NewAssignment.class);
    if (wanted.token() == null || wanted.label() == null) {
      throw new IllegalArgumentException("needs 'token' and 'label'");
    }
    Optional<Algorithm> algorithm =
        Optional.ofNullable(wanted.algorithm()).map(SigningRoutes::algorithm);
    Optional<SigningMode> mode = Optional.ofNullable(wanted.mode()).map(SigningRoutes::assignable);
    if (call.isDryRun()) {
      call.replyDryRun(
          dryRuns.assign(call.zone(), wanted.token(), wanted.label(), algorithm, mode));
      return;
    }
    accepted(
        call,
        desk.assign(
            call.zone(),
            wanted.token(),
            wanted.label(),
            algorithm,
            mode,
            Optional.ofNullable(wanted.reason()).orElse(""),
            call.actor()));
  }

  private static Algorithm algorithm(String text) {
    return Algorithm.parse(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "algorithm '" + text + "' is none of " + Algorithm.mnemonics()));
  }

  private static SigningMode assignable(String word) {
    return SigningMode.parse(word)
        .filter(SigningMode::isAssignable)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "mode '" + word + "' is none of " + SigningMode.words()));
  }

  /** What {@code PUT …/mode} takes. */
  record NewMode(String mode, String reason) {}

  private void changeMode(Call call) throws IOException {
    NewMode wanted = call.body(NewMode.class);
    if (wanted.mode() == null) {
      throw new IllegalArgumentException("needs 'mode'");
    }
    String mode = wanted.mode();
    SigningMode parsed =
        SigningMode.parse(mode)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "mode '" + mode + "' is none of " + SigningMode.words() + " and powerdns"));
    if (call.isDryRun()) {
      call.replyDryRun(dryRuns.mode(call.zone(), parsed));
      return;
    }
    String reason = Optional.ofNullable(wanted.reason()).orElse("");
    accepted(call, desk.changeMode(call.zone(), mode, reason, call.actor()));
  }

  private void unassign(Call call) throws IOException {
    if (call.isDryRun()) {
      call.replyDryRun(dryRuns.unassign(call.zone()));
      return;
    }
    accepted(call, desk.unassign(call.zone(), call.query("reason").orElse(""), call.actor()));
  }

  static void accepted(Call call, long request) throws IOException {
    call.replyAccepted("/requests/" + request, Map.of("request", request, "state", "queued"));
  }

  private void list(Call call) throws IOException {
    boolean waiting = call.query("state").filter("waiting"::equals).isPresent();
    List<Map<String, Object>> rows = desk.requests(waiting, call.limit(100, 1_000));
    call.reply(Map.of("items", rows.stream().map(SigningRoutes::row).toList()));
  }

  private static Map<String, Object> row(Map<String, Object> row) {
    return new LinkedHashMap<>(row);
  }

  private void approve(Call call) throws IOException {
    long id = call.number("id");
    desk.approve(id, call.actor());
    call.reply(row(desk.request(id)));
  }

  private void cancel(Call call) throws IOException {
    long id = call.number("id");
    desk.cancel(id, call.query("reason").orElse(""), call.actor());
    call.reply(row(desk.request(id)));
  }

  private void reject(Call call) throws IOException {
    long id = call.number("id");
    desk.reject(id, call.query("reason").orElse(""), call.actor());
    call.reply(row(desk.request(id)));
  }
}
