package org.keyward.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.xbill.DNS.Type;

/**
 * Unbound's validator over many questions at once ({@code src/test/c/validate.c}): a process for
 * each question, as with unbound-host and delv, takes most of the time of a test.
 */
public final class UnboundBatch {
  private final String zone;
  private final int port;
  private final String trustAnchor;

  /**
   * @param zone with its last dot
   * @param port of the server on 127.0.0.1
   * @param trustAnchor a DS or DNSKEY record of the zone, in presentation form
   */
  public UnboundBatch(String zone, int port, String trustAnchor) {
    this.zone = zone;
    this.port = port;
    this.trustAnchor = trustAnchor;
  }

  /** What is asked: an absolute name in presentation form, and a type's mnemonic. */
  public record Question(String name, String type) {}

  /**
   * The questions whose answers, or proofs that there is none, are not secure; each with the
   * verdict first: {@code insecure}, {@code bogus} or {@code failed}, and the reason last.
   */
  public List<String> faults(List<Question> questions) {
    List<String> verdicts = ask(questions);
    if (verdicts.size() != questions.size()) {
      throw new AssertionError(
          questions.size() + " questions, but " + verdicts.size() + " verdicts: " + verdicts);
    }
    return verdicts.stream().filter(verdict -> !verdict.startsWith("secure ")).toList();
  }

  private List<String> ask(List<Question> questions) {
    Path program = CProgram.build("validate.c", "validate", "-lunbound");
    try {
      Path input = Files.createTempFile("questions", ".txt");
      try {
        Files.writeString(
            input,
            questions.stream()
                .map(question -> question.name() + " " + Type.value(question.type()) + "\n")
                .collect(Collectors.joining()));
        List<String> verdicts = run(program, input);
        if (verdicts.size() != questions.size()) {
          throw new AssertionError(
              questions.size() + " questions, but " + verdicts.size() + " verdicts: " + verdicts);
        }
        return verdicts;
      } finally {
        Files.delete(input);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> run(Path program, Path input) throws IOException {
    try {
      Process process =
          new ProcessBuilder(program.toString(), zone, Integer.toString(port), trustAnchor)
              .redirectInput(input.toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(program + " ended with " + process.exitValue() + ":\n" + said);
      }
      return said.lines().toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while validating", e);
    }
  }
}
