package org.keyward.setup;

import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** All steps, in their order. What is there stays as it is, so it can be run again. */
public final class Setup {
  /** The label of the key that a token in software is made with. */
  public static final String SOFTHSM_KEY = SoftToken.KEY;

  private static final Path ARCHIVE = Path.of("/var/cache/keyward/commands.jsa");

  private final List<Step> steps = new ArrayList<>();
  private final Answers answers;
  private final PrintWriter out;

  public Setup(Answers answers, PrintWriter out) {
    this.answers = answers;
    this.out = out;
    Path folder = answers.folder().toAbsolutePath();
    Secrets secrets = new Secrets(folder);
    Database database = new Database(Psql.of(answers.adminUrl()), answers.database(), secrets);
    Optional<Token> token = token(folder, secrets);
    steps.add(new Step(folder.toString(), () -> Files.isDirectory(folder), () -> make(folder)));
    steps.addAll(secrets.steps());
    steps.addAll(database.steps());
    token.ifPresent(chosen -> steps.addAll(chosen.steps()));
    steps.addAll(new Configuration(folder, database.url()).steps(token));
    if (Programs.tryRun(List.of("id", "pdns"), Map.of(), "").status() == 0
        && Programs.tryRun(List.of("getent", "group", "keyward-pdns"), Map.of(), "").status()
            == 0) {
      steps.add(new Step("user pdns in the group of the socket", this::pdnsIsIn, this::addPdns));
    }
  }

  /** The package has a program that makes commands faster, as soon as they can work. */
  private void archive() {
    Path program = Path.of("/usr/lib/keyward/archive-commands");
    if (Files.isExecutable(program) && !Files.exists(ARCHIVE)) {
      String config = answers.folder().resolve("keyward.yaml").toString();
      Programs.tryRun(List.of(program.toString(), config), Map.of(), "");
    }
  }

  private Optional<Token> token(Path folder, Secrets secrets) {
    return switch (answers.token()) {
      case SOFTHSM -> Optional.of(new SoftToken(folder, secrets));
      case CARD -> Optional.of(new CardToken(answers.serial(), secrets, answers.pin()));
      case NONE -> Optional.empty();
    };
  }

  /** Says what is to be made, and changes nothing. */
  public void preview() {
    Set<Step> missing = missing();
    for (Step step : steps) {
      out.println((!missing.contains(step) ? "is there    " : "to be made  ") + step.what());
    }
    out.flush();
  }

  /** Makes what is not there. Nothing is made where something is in the way of a later step. */
  public void run() {
    Set<Step> missing = missing();
    for (Step step : steps) {
      if (missing.contains(step)) {
        step.make().run();
      }
      out.println((missing.contains(step) ? "made      " : "is there  ") + step.what());
      out.flush();
    }
    archive();
  }

  private Set<Step> missing() {
    return steps.stream().filter(step -> !step.there().getAsBoolean()).collect(toSet());
  }

  private static void make(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new SetupException("cannot make " + folder + ": " + e, e);
    }
  }

  private boolean pdnsIsIn() {
    String groups = Programs.run(List.of("id", "-nG", "pdns"), Map.of(), "");
    return List.of(groups.strip().split(" ")).contains("keyward-pdns");
  }

  private void addPdns() {
    Programs.run(List.of("usermod", "-a", "-G", "keyward-pdns", "pdns"), Map.of(), "");
  }
}
