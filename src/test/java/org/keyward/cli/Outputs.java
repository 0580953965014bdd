package org.keyward.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The forms of outputs (docs/decisions/0023-forms-in-outputs.md), and what has no place in any. */
final class Outputs {
  private static final Pattern ISO =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?Z(?![\\w:])");

  private static final Map<String, Pattern> WRONG = new LinkedHashMap<>();

  static {
    put("a zone with a last dot", "\\.walk\\.test\\.(?![\\w-])");
    put(
        "a time in another form",
        "\\d{1,2}:\\d\\d:\\d\\d|\\d{4}-\\d\\d-\\d\\d[ T]\\d|GMT|\\bUTC\\b\\+?");
    put("a duration in another form", "\\bPT[\\d.]+[HMS]|\\bP\\d+D");
    put("an algorithm in another form", "ECDSAP|RSASHA|\\bED(25519|448)\\b");
    put("a stack trace", "^\\s+at [\\w.$]+\\(|^Caused by|\\w+Exception\\b");
    put("the name of a class", "\\b(org\\.(keyward|xbill|postgresql)|java)\\.[a-z]");
    put("null", "(?<![\\w/+.-])null(?![\\w/+=.-])");
    put("an Optional", "Optional\\b");
    put("a record", "\\b[A-Z]\\w+\\[\\w+=");
    put("an object", "[\\w$]@[0-9a-f]{6,8}\\b");
    put("a format", "%[sd]\\b|\\{\\}");
    put("a control character", "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]");
  }

  /** Of master-file text: the dot says that a name is whole, and tabs are between fields. */
  private static final Set<String> MASTER_FILE = Set.of("zone export", "ds ");

  private final List<String> faults = new ArrayList<>();

  private static void put(String what, String pattern) {
    WRONG.put(what, Pattern.compile(pattern));
  }

  List<String> faults() {
    return faults;
  }

  void check(String place, String text) {
    text.lines().forEach(line -> line(place, line));
  }

  void logLine(String place, String line) {
    // The time of a line has milliseconds.
    line(place, line.replaceFirst("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ", ""));
  }

  private void line(String place, String line) {
    boolean json = place.contains("--json") || line.startsWith("{") || place.contains("export");
    String plain = ISO.matcher(line).replaceAll("");
    boolean masterFile =
        !place.endsWith("(stderr)") && MASTER_FILE.stream().anyMatch(place::startsWith);
    WRONG.forEach(
        (what, pattern) -> {
          boolean allowed =
              (json && what.equals("null"))
                  || (masterFile
                      && (what.startsWith("a zone") || what.startsWith("a control character")));
          Matcher found = pattern.matcher(plain);
          if (!allowed && found.find()) {
            faults.add(place + ": " + what + " '" + found.group() + "' in: " + line);
          }
        });
  }

  /** That it is JSON, with times and algorithms in their form wherever they stand. */
  void json(String place, String text) {
    try {
      check(place, new ObjectMapper().readTree(text));
    } catch (JsonProcessingException e) {
      faults.add(place + " is no JSON: " + e.getOriginalMessage());
    }
  }

  private void check(String place, JsonNode node) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              member -> {
                String key = member.getKey();
                JsonNode value = member.getValue();
                boolean time =
                    Stream.of("at", "since", "until", "seen")
                        .anyMatch(w -> key.matches("(.*_)?" + w));
                if (time && value.isTextual() && !ISO.matcher(value.asText()).matches()) {
                  faults.add(place + ": " + key + " is no time: " + value);
                }
                check(place, value);
              });
    } else {
      node.forEach(item -> check(place, item));
    }
  }
}
