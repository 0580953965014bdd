package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.Name;

/**
 * The runways of many zones on one slow token, in a time that passes as fast as it can be computed:
 * all zones are assigned in the first moment, and the token is away once. What is planned and what
 * is signed next are decided by {@link RunwayPlanner} and {@link Turn}, as in service.
 */
public final class RunwaySimulation {
  private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

  /** The signer's planner does more in this time than is granted to it here. */
  private static final Duration TICK = Duration.ofSeconds(10);

  private static final int PLANNED_PER_TICK = 2_560;
  private static final int NEVER = -1;

  private final Settings settings;
  private final SigningSettings signing = SigningSettings.DEFAULT;
  private final SigningSchedule schedule =
      new SigningSchedule(
          signing.validity(), signing.step(), SigningSchedule.DEFAULT_INCEPTION_OFFSET);
  private final long step = signing.step().toSeconds();

  /** Zones by the moment at which the planner finds that their runway is short. */
  private final PriorityQueue<Due> due = new PriorityQueue<>();

  private final PriorityQueue<Waiting> queue = new PriorityQueue<>();
  private final long[] plannedUntil;
  private final long[] lastPlanned;
  private final long[] signedFrom;
  private final long[] signedUntil;
  private final boolean[] signed;

  private long signatures;
  private long dropped;
  private long gaps;
  private long leastMargin = Long.MAX_VALUE;
  private long longestWait;
  private long longestWaitOfNew;
  private int longestQueue;
  private int unsigned;
  private long allSignedAt = NEVER;
  private long idleAfterOutage = NEVER;
  private long busy;
  private long possible;

  /**
   * @param perSecond how fast the token signs
   * @param outage when the token goes away, from the start
   */
  public record Settings(
      int zones, double perSecond, Duration duration, Duration outage, Duration outageLength) {
    /** What the project promises: sixty days of a million zones on a small token. */
    public static Settings million(Duration outage) {
      return new Settings(1_000_000, 6, Duration.ofDays(60), outage, Duration.ofDays(10));
    }

    /** Fewer zones on a token that is slower by as much. */
    public Settings scaledTo(int fewer) {
      return new Settings(fewer, perSecond * fewer / zones, duration, outage, outageLength);
    }
  }

  /**
   * @param overtaken signatures that were not made, since nobody would have used them any more
   * @param withoutSignature how often a zone that was signed had no valid signature
   * @param leastMargin how long a signature was there before the one before it ended, at least
   * @param longestWait between planning and signing, of zones that are signed
   * @param longestWaitOfNew until a new zone was signed
   * @param unsigned zones that are not signed at the end
   * @param allSigned when the last zone was signed, from the start
   * @param caughtUp when the queue was empty after the outage, from its end
   * @param busyShare of the time in which work waited and the token was there
   */
  public record Result(
      long signatures,
      long overtaken,
      long withoutSignature,
      Duration leastMargin,
      Duration longestWait,
      Duration longestWaitOfNew,
      int longestQueue,
      int unsigned,
      Duration allSigned,
      Duration caughtUp,
      double busyShare) {}

  private record Due(long at, int zone) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return Long.compare(at, other.at);
    }
  }

  /** Kept small, since there are millions. */
  private record Waiting(Turn turn, int sincePlanned) implements Comparable<Waiting> {
    @Override
    public int compareTo(Waiting other) {
      return turn.compareTo(other.turn);
    }
  }

  private RunwaySimulation(Settings settings) {
    this.settings = settings;
    int zones = settings.zones();
    plannedUntil = new long[zones];
    lastPlanned = new long[zones];
    signedFrom = new long[zones];
    signedUntil = new long[zones];
    signed = new boolean[zones];
    unsigned = zones;
    Arrays.fill(lastPlanned, NEVER);
    for (int zone = 0; zone < zones; zone++) {
      due.add(new Due(0, zone));
    }
  }

  public static Result run(Settings settings) {
    RunwaySimulation simulation = new RunwaySimulation(settings);
    simulation.run();
    return simulation.result();
  }

  private void run() {
    long end = settings.duration().toSeconds();
    long away = settings.outage().toSeconds();
    long back = away + settings.outageLength().toSeconds();
    double credit = 0;
    for (long now = 0; now < end; now += TICK.toSeconds()) {
      plan(now);
      if (now >= away && now < back) {
        continue;
      }
      credit += settings.perSecond() * TICK.toSeconds();
      int most = (int) credit;
      int made = sign(now, most);
      credit -= made < most ? credit : most; // what a token does not sign while idle is lost
      if (!queue.isEmpty() || made == most) {
        busy += made;
        possible += most;
      }
      if (now >= back && queue.isEmpty() && idleAfterOutage == NEVER) {
        idleAfterOutage = now - back;
      }
    }
    for (int zone = 0; zone < settings.zones(); zone++) {
      gaps += signed[zone] && signedUntil[zone] < at(end) ? 1 : 0;
    }
  }

  private static long at(long now) {
    return START.getEpochSecond() + now;
  }

  private void plan(long now) {
    for (int done = 0; done < PLANNED_PER_TICK; done++) {
      Due next = due.peek();
      if (next == null || next.at() > now) {
        return;
      }
      due.remove();
      plan(next.zone(), now);
    }
  }

  private void plan(int zone, long now) {
    SigningStore.Planned planned =
        new SigningStore.Planned(
            zone,
            Name.fromConstantString("zone-" + zone + ".example."),
            schedule,
            signing.runway(),
            START,
            Instant.ofEpochSecond(plannedUntil[zone]),
            SigningStore.Signatures.of(!signed[zone], true),
            Optional.empty());
    List<SigningStore.Step> steps = RunwayPlanner.missing(planned, Instant.ofEpochSecond(at(now)));
    for (SigningStore.Step missing : steps) {
      ValidityWindow window = missing.window();
      queue.add(new Waiting(new Turn(missing.neededBy(), zone, window.activeFrom()), (int) now));
      lastPlanned[zone] = window.activeFrom().getEpochSecond();
      plannedUntil[zone] = window.expiration().getEpochSecond();
    }
    longestQueue = Math.max(longestQueue, queue.size());
    long again = plannedUntil[zone] - signing.runway().toSeconds() - START.getEpochSecond() + 1;
    due.add(new Due(again, zone));
  }

  private int sign(long now, int most) {
    int made = 0;
    while (made < most && !queue.isEmpty()) {
      Waiting next = queue.remove();
      int zone = next.turn().assignmentId();
      long from = next.turn().activeFrom().getEpochSecond();
      if (from <= signedFrom[zone]) {
        continue; // it came in the place of one before
      }
      if (isOvertaken(next.turn(), now)) {
        dropped++;
        Instant successor = next.turn().activeFrom().plusSeconds(step);
        queue.add(
            new Waiting(new Turn(next.turn().neededBy(), zone, successor), next.sincePlanned()));
      } else {
        sign(next, zone, now);
        made++;
      }
    }
    signatures += made;
    return made;
  }

  /** As the storage finds it: the next step has begun, and waits too. */
  private boolean isOvertaken(Turn turn, long now) {
    long successor = turn.activeFrom().getEpochSecond() + step;
    return successor <= at(now) && successor <= lastPlanned[turn.assignmentId()];
  }

  private void sign(Waiting work, int zone, long now) {
    long from = work.turn().activeFrom().getEpochSecond();
    if (signed[zone]) {
      long margin = signedUntil[zone] - at(now);
      leastMargin = Math.min(leastMargin, margin);
      longestWait = Math.max(longestWait, now - work.sincePlanned());
      gaps += margin < 0 || from > signedUntil[zone] ? 1 : 0;
    }
    signedFrom[zone] = from;
    signedUntil[zone] = from + signing.validity().toSeconds();
    if (!signed[zone] && from <= at(now)) {
      turnSigned(zone, now);
    }
  }

  private void turnSigned(int zone, long now) {
    signed[zone] = true;
    unsigned--;
    longestWaitOfNew = Math.max(longestWaitOfNew, now);
    allSignedAt = unsigned == 0 ? now : NEVER;
  }

  private Result result() {
    return new Result(
        signatures,
        dropped,
        gaps,
        Duration.ofSeconds(leastMargin),
        Duration.ofSeconds(longestWait),
        Duration.ofSeconds(longestWaitOfNew),
        longestQueue,
        unsigned,
        Duration.ofSeconds(allSignedAt),
        Duration.ofSeconds(idleAfterOutage),
        possible == 0 ? 0 : (double) busy / possible);
  }
}
