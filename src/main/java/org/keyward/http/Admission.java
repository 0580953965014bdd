package org.keyward.http;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.keyward.config.ListenAddress;

/**
 * Refuses what a web page of somebody else makes a browser send: requests to a name that is not the
 * listener's (a name of the page's that was made to lead here), and requests that say that another
 * page sent them. A browser writes both headers by itself, and no page can change them.
 */
public final class Admission {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");
  private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::");
  private static final String SEC_FETCH_SITE = "Sec-Fetch-Site";
  private static final String SEC_FETCH_MODE = "Sec-Fetch-Mode";

  private final Set<String> hosts;
  private final boolean anyAddress;
  private final boolean ownPage;

  private Admission(ListenAddress address, List<String> names, boolean ownPage) {
    String own = address.host().toLowerCase(Locale.ROOT);
    this.anyAddress = EVERY_ADDRESS.contains(own);
    this.hosts =
        Stream.of(
                names.stream().map(name -> name.toLowerCase(Locale.ROOT)),
                Stream.of(own),
                LOOPBACK.contains(own) || anyAddress ? LOOPBACK.stream() : Stream.<String>empty())
            .flatMap(each -> each)
            .collect(Collectors.toUnmodifiableSet());
    this.ownPage = ownPage;
  }

  /**
   * For a listener that only programs ask.
   *
   * @param names that clients may reach it by, beside its address
   */
  public static Admission ofPrograms(ListenAddress address, List<String> names) {
    return new Admission(address, names, false);
  }

  /**
   * For a listener with a page of its own, which may ask it.
   *
   * @param names that clients may reach it by, beside its address
   */
  public static Admission withPage(ListenAddress address, List<String> names) {
    return new Admission(address, names, true);
  }

  /** Lets through to the handler below what this admits. */
  Handler.Wrapper before(Handler handler) {
    return new Handler.Wrapper(handler) {
      @Override
      public boolean handle(Request request, Response response, Callback callback)
          throws Exception {
        Optional<Refusal> refusal = refusal(request);
        if (refusal.isEmpty()) {
          return super.handle(request, response, callback);
        }
        Response.writeError(
            request, response, callback, refusal.get().status(), refusal.get().why());
        return true;
      }
    };
  }

  private record Refusal(int status, String why) {}

  private Optional<Refusal> refusal(Request request) {
    if (!isOwn(Request.getServerName(request))) {
      return Optional.of(
          new Refusal(
              HttpStatus.MISDIRECTED_REQUEST_421,
              "the Host of the request is no name of this listener: add it to 'hosts' beside its"
                  + " address"));
    }
    HttpFields headers = request.getHeaders();
    String origin = headers.get(HttpHeader.ORIGIN);
    String site = headers.get(SEC_FETCH_SITE);
    boolean foreign =
        (origin != null && !(ownPage && isOrigin(origin, request)))
            || (site != null && !isAdmitted(site, request));
    return foreign
        ? Optional.of(new Refusal(HttpStatus.FORBIDDEN_403, "sent by a page of another site"))
        : Optional.empty();
  }

  private boolean isOwn(String host) {
    if (host == null) {
      return false;
    }
    String name = host.toLowerCase(Locale.ROOT);
    if (name.startsWith("[") && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
    }
    return hosts.contains(name) || (anyAddress && isAddress(name));
  }

  /** An address cannot be made to lead elsewhere, as a name can. */
  private static boolean isAddress(String host) {
    return host.contains(":") || host.matches("\\d{1,3}(\\.\\d{1,3}){3}");
  }

  private static boolean isOrigin(String origin, Request request) {
    try {
      URI page = URI.create(origin);
      return page.getAuthority() != null
          && page.getAuthority().equalsIgnoreCase(request.getHeaders().get(HttpHeader.HOST));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A person may follow a link to the page; what it shows is then read by nobody else. */
  private boolean isAdmitted(String site, Request request) {
    return site.equals("none")
        || (ownPage
            && (site.equals("same-origin")
                || (request.getMethod().equals("GET")
                    && "navigate".equals(request.getHeaders().get(SEC_FETCH_MODE)))));
  }
}
