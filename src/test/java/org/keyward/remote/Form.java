package org.keyward.remote;

import java.nio.file.Path;

/** The forms in which PowerDNS's remote backend can ask. */
public enum Form {
  UNIX,
  POST_JSON,
  POST,
  REST;

  /**
   * The line of pdns.conf.
   *
   * @param url of the HTTP listener, with the path
   */
  public String connection(Path socket, String url) {
    return "remote-connection-string="
        + switch (this) {
          case UNIX -> "unix:path=" + socket;
          case POST_JSON -> "http:url=" + url + ",post=1,post_json=1";
          case POST -> "http:url=" + url + ",post=1";
          case REST -> "http:url=" + url;
        };
  }
}
