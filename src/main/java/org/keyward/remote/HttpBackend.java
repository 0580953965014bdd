package org.keyward.remote;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.keyward.config.Secret;
import org.keyward.http.Patience;
import org.keyward.http.ProblemPages;
import org.keyward.remote.Reply.Outcome;

/**
 * The three HTTP forms of the protocol on one path, which has a secret part: the whole request as
 * JSON posted to the path itself ({@code post=1,post_json=1}, {@link JsonPosts}), the form field
 * {@code parameters} posted to {@code path/method} ({@code post=1}), and REST below {@code
 * path/method}.
 */
public final class HttpBackend {
  private static final String HEADERS = "x-remotebackend-";

  private final RemoteBackend backend;
  private final BackendPath path;

  /** By keep-alive connection, whose end nobody tells. */
  private final Cache<String, Session> sessions =
      Caffeine.newBuilder()
          .maximumSize(10_000)
          .expireAfterAccess(Duration.ofMinutes(10))
          .removalListener(
              (String connection, Session session, RemovalCause cause) -> session.close())
          .build();

  /**
   * @param path where the backend is, for example {@code /dns}
   * @param secret the segment below it that callers have to know
   */
  public HttpBackend(RemoteBackend backend, String path, Optional<Secret> secret) {
    this.backend = backend;
    this.path = new BackendPath(path, secret);
  }

  /** Answers what is posted to the path itself. */
  public org.eclipse.jetty.server.Handler.Wrapper posts(Patience patience) {
    return new JsonPosts(backend, path, this::session, patience);
  }

  /** Answers what is below the path. */
  public void register(RoutesConfig routes) {
    Handler byPath = this::formOrRest;
    routes.get("/*", byPath);
    routes.post("/*", byPath);
    routes.put("/*", byPath);
    routes.patch("/*", byPath);
    routes.delete("/*", byPath);
  }

  private void formOrRest(Context context) throws IOException {
    Optional<String> below = path.below(context.req().getRequestURI());
    if (below.isEmpty()) {
      refuse(context);
      return;
    }
    Session session = session(context.req().getServletConnection().getConnectionId());
    String body;
    try {
      body = new String(context.bodyAsBytes(), StandardCharsets.UTF_8);
    } catch (HttpResponseException e) {
      throw e; // too large, which has a status of its own
    } catch (Exception e) { // an IOException among them, which Javalin does not declare
      send(context, Replies.malformed("the body broke off, or is not as its headers say"));
      return;
    }
    send(context, backend.answer(() -> request(context, below.get(), body), session));
  }

  /** Not 404, which PowerDNS takes for "no such name". */
  private void refuse(Context context) {
    path.noteRefusal(context.req().getRemoteAddr());
    context.status(HttpServletResponse.SC_FORBIDDEN);
    context.contentType(ProblemPages.MEDIA_TYPE);
    context.result(ProblemPages.document(HttpServletResponse.SC_FORBIDDEN, BackendPath.REFUSAL));
  }

  /**
   * PowerDNS keeps a connection for each of its backends and sends a transaction over one: the
   * connection's number stands for it. It is not told when a connection ends; what is open then is
   * rolled back for being idle.
   */
  private Session session(String connection) {
    return sessions.get(connection, unknown -> backend.session(path.isSecret(), Contact.Way.HTTP));
  }

  private static Request request(Context context, String below, String body) {
    Map<String, Object> form = FormMembers.parse(body);
    if (form.get("parameters") instanceof String parameters) {
      return new Request(below, RequestParser.parameters(parameters));
    }
    Map<String, Object> all = new HashMap<>(form);
    String query = context.req().getQueryString();
    if (query != null) {
      all.putAll(FormMembers.parse(query));
    }
    context
        .headerMap()
        .forEach(
            (name, value) -> {
              if (name.regionMatches(true, 0, HEADERS, 0, HEADERS.length())) {
                all.put(name.substring(HEADERS.length()).toLowerCase(Locale.ROOT), value);
              }
            });
    return RestRequest.parse(below, all);
  }

  private static void send(Context context, Reply reply) throws IOException {
    HttpServletResponse response = context.res();
    response.setStatus(status(reply.outcome()));
    response.setContentType("application/json");
    if (reply instanceof Reply.Ready ready) {
      response.setContentLength(ready.bytes().length);
    }
    OutputStream out = response.getOutputStream();
    reply.writeTo(out);
  }

  /** PowerDNS takes 404 for "no such thing"; other errors make it answer SERVFAIL. */
  static int status(Outcome outcome) {
    return switch (outcome) {
      case OK, REFUSED -> HttpServletResponse.SC_OK;
      case NONE -> HttpServletResponse.SC_NOT_FOUND;
      case MALFORMED -> HttpServletResponse.SC_BAD_REQUEST;
      case FAILED -> HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
    };
  }
}
