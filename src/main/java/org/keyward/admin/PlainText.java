package org.keyward.admin;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;
import java.util.Optional;

/** Text that people send: without control characters, which nothing here needs, and short. */
final class PlainText extends StdScalarDeserializer<String> {
  private static final long serialVersionUID = 1L;
  private static final int MOST = 4_000;

  PlainText() {
    super(String.class);
  }

  @Override
  public String deserialize(JsonParser json, DeserializationContext context) throws IOException {
    String text = json.getValueAsString();
    if (text == null) {
      return (String) context.handleUnexpectedToken(String.class, json);
    }
    Optional<String> fault = fault(text);
    if (fault.isPresent()) {
      throw context.weirdStringException("(text)", String.class, fault.get());
    }
    return text;
  }

  /** What is wrong with it. */
  static Optional<String> fault(String text) {
    if (text.length() > MOST) {
      return Optional.of("has more than " + MOST + " characters");
    }
    return text.chars().anyMatch(Character::isISOControl)
        ? Optional.of("has a control character")
        : Optional.empty();
  }
}
