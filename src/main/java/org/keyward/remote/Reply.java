package org.keyward.remote;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** What is sent back: a JSON object and a line feed. */
sealed interface Reply {
  Outcome outcome();

  void writeTo(OutputStream out) throws IOException;

  /** How a request ended; a label of the metrics. */
  enum Outcome {
    /** There is a result. */
    OK,
    /** {@code "result":false}: there is no such thing, or no such method. */
    NONE,
    /** {@code "result":false}, and why: it must not or cannot be written. */
    REFUSED,
    /** The request is not of the protocol. */
    MALFORMED,
    /** Keyward cannot say. PowerDNS gets no result at all and answers SERVFAIL. */
    FAILED
  }

  /** Bytes that exist already. */
  record Ready(Outcome outcome, byte[] bytes) implements Reply {
    @Override
    public void writeTo(OutputStream out) throws IOException {
      out.write(bytes);
    }
  }

  /** Written while it is made, however large it is. */
  record Streamed(Outcome outcome, Body body) implements Reply {
    private static final JsonFactory JSON =
        JsonFactory.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .build();

    @Override
    public void writeTo(OutputStream out) throws IOException {
      try (JsonGenerator json = JSON.createGenerator(out, JsonEncoding.UTF8)) {
        json.writeStartObject();
        body.write(json);
        json.writeEndObject();
        json.writeRaw('\n');
      }
    }

    Ready ready() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        writeTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new Ready(outcome, bytes.toByteArray());
    }
  }

  /** Writes the members of the reply. */
  @FunctionalInterface
  interface Body {
    void write(JsonGenerator json) throws IOException;
  }
}
