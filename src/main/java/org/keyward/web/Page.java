package org.keyward.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Serves the page. It holds no data of its own, so anybody may have it. Thread-safe. */
public final class Page {
  /** Nothing from outside, nothing inline, nobody around it. */
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'";

  public void register(RoutesConfig routes) {
    serve(routes, "/", "page.html", "text/html");
    serve(routes, "/page.css", "page.css", "text/css");
    serve(routes, "/page.js", "page.js", "text/javascript");
    serve(routes, "/zone.js", "zone.js", "text/javascript");
  }

  private static void serve(RoutesConfig routes, String path, String file, String type) {
    byte[] content = read(file);
    routes.get(path, context -> reply(context, type, content));
  }

  private static byte[] read(String file) {
    try (InputStream in = Page.class.getResourceAsStream(file)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void reply(Context context, String type, byte[] content) {
    context
        .header("Content-Security-Policy", POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "no-referrer")
        .header("Cache-Control", "no-cache")
        .contentType(type + "; charset=utf-8")
        .result(content);
  }
}
