package org.keyward.content;

import java.io.IOException;

/** A content that PowerDNS does not read, or data that have no content that it reads. */
public final class ContentException extends IOException {
  private static final long serialVersionUID = 1L;

  public ContentException(String message) {
    super(message);
  }
}
