package org.keyward.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import org.keyward.dnssec.Nsec3Parameters;
import org.keyward.zone.ImportPreview;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.ZoneData;
import org.keyward.zone.check.Finding;
import org.xbill.DNS.Name;

/** Port to zones: the same that the {@code zone} commands do. */
public interface ZoneDesk {
  /**
   * @throws NoSuchThingException when there is none
   */
  ZoneData find(Name zone);

  /**
   * @throws ConflictException when it is there already
   */
  void create(WantedZone wanted);

  /**
   * Replaces the zone's records by those of a master file; gives how many there are now.
   *
   * @throws IOException naming the line that is wrong
   */
  int importFrom(Name zone, InputStream masterFile) throws IOException;

  /**
   * What {@link #importFrom} would do; everything is checked, and nothing changes.
   *
   * @throws IOException naming the line that is wrong
   */
  ImportPreview previewImport(Name zone, InputStream masterFile) throws IOException;

  /**
   * Writes the zone as a master file.
   *
   * @return what cannot be written and is a comment in it
   */
  List<RecordProblem> export(Name zone, PrintWriter out);

  List<RecordProblem> problems(Name zone);

  /** What is wrong with the zone or likely to be, the worst first. */
  List<Finding> check(Name zone);

  /**
   * Sets how the zone proves what is not in it.
   *
   * @param parameters empty for NSEC
   * @throws NoSuchThingException when there is no such zone
   */
  void setDenial(Name zone, Optional<Nsec3Parameters> parameters);

  /**
   * Deletes the zone, or asks for it where two people are needed.
   *
   * @param insist although it is signed, and its DS may be at its parent; needs a reason
   * @throws ConflictException when it is signed
   * @return the number of the request that waits for approval; empty when the zone is gone
   */
  Optional<Long> delete(Name zone, boolean insist, String reason, String actor);

  /** What {@link #delete} would do; throws what would be refused, and changes nothing. */
  String previewDelete(Name zone, boolean insist, String reason, String actor);
}
