package org.keyward.admin;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.router.Endpoint;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The operators' API: the routes, behind bearer tokens, and their description. Thread-safe. */
public final class AdminApi {
  /** What all paths begin with. */
  public static final String PREFIX = "/api/v1";

  private static final String BEARER = "Bearer ";

  private final List<Route> routes;
  private final ApiTokens tokens;
  private final MeterRegistry metrics;
  private final String description;

  /**
   * @param version of Keyward, for the description
   */
  public AdminApi(Desks desks, String version, MeterRegistry metrics) {
    this.tokens = desks.tokens();
    this.metrics = metrics;
    this.routes =
        Stream.of(
                new StatusRoutes(desks.overview()).routes(),
                new ZoneRoutes(desks.zones(), desks.overview()).routes(),
                new RrsetRoutes(desks.rrsets()).routes(),
                new SigningRoutes(desks.signing(), desks.dryRuns()).routes(),
                new RollRoutes(desks.rolls()).routes(),
                new PolicyRoutes(desks.policies()).routes(),
                new ParentRoutes(desks.parents()).routes(),
                new AuditRoutes(desks.audit()).routes())
            .flatMap(List::stream)
            .toList();
    this.description = OpenApi.describe(routes, version);
  }

  /** What the routes call. */
  public record Desks(
      ZoneDesk zones,
      RrsetDesk rrsets,
      SigningDesk signing,
      DryRuns dryRuns,
      RollDesk rolls,
      PolicyDesk policies,
      Overview overview,
      ParentDesk parents,
      AuditDesk audit,
      ApiTokens tokens) {}

  public void register(RoutesConfig config) {
    config.get(
        "/openapi.json", context -> context.contentType("application/json").result(description));
    for (Route route : routes) {
      config.addEndpoint(
          new Endpoint(route.method(), PREFIX + route.path(), context -> serve(route, context)));
    }
  }

  private void serve(Route route, Context context) {
    context.header("Cache-Control", "no-store").header("X-Content-Type-Options", "nosniff");
    try {
      Optional<ApiToken> bearer = bearer(context);
      if (bearer.isEmpty()) {
        context.header("WWW-Authenticate", "Bearer realm=\"keyward\"");
        Problems.reply(
            context,
            HttpStatus.UNAUTHORIZED,
            "needs a good API token: Authorization: Bearer …; 'keyward api-token create' makes one");
      } else if (!bearer.get().role().mayDo(route.role())) {
        Problems.reply(
            context,
            HttpStatus.FORBIDDEN,
            "the token '" + bearer.get().name() + "' is an auditor's, which only reads");
      } else {
        context.status(route.status());
        route.work().run(new Call(context, bearer.get()));
      }
    } catch (Exception e) {
      Problems.reply(context, e);
    } finally {
      Counter.builder("keyward.admin.requests")
          .description("Calls of the admin API")
          .tag("operation", route.id())
          .tag("status", String.valueOf(context.statusCode()))
          .register(metrics)
          .increment();
    }
  }

  private Optional<ApiToken> bearer(Context context) {
    String header = context.header("Authorization");
    return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? tokens.authenticate(header.substring(BEARER.length()).strip())
        : Optional.empty();
  }

  List<Route> routes() {
    return routes;
  }
}
