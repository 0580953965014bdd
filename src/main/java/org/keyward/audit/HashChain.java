package org.keyward.audit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Checks the audit log independently of the database that made it: each hash is SHA-256 over the
 * one before and all fields of the row, each with its length. Used by one thread.
 */
public final class HashChain {
  private byte[] hash = new byte[0];
  private long count;
  private Optional<String> fault = Optional.empty();
  private final Optional<byte[]> known;
  private Optional<Long> knownAt = Optional.empty();

  public HashChain() {
    this(Optional.empty());
  }

  /**
   * @param known a hash that was written down earlier, which must still be in the chain
   */
  public HashChain(Optional<byte[]> known) {
    this.known = known;
  }

  /** Takes the next row, in the order of the ids. */
  public void add(AuditRow row) {
    if (fault.isPresent()) {
      return;
    }
    count++;
    if (row.id() != count) {
      fault = Optional.of("row " + count + " is missing: the next one is " + row.id());
      return;
    }
    hash = hash(row);
    if (!row.hasHash(hash)) {
      fault = Optional.of("row " + row.id() + " is not as it was written");
    } else if (known.isPresent() && MessageDigest.isEqual(hash, known.get())) {
      knownAt = Optional.of(count);
    }
  }

  private byte[] hash(AuditRow row) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(hash);
    field(bytes, String.valueOf(row.id()));
    field(bytes, row.at());
    row.fields().forEach(value -> field(bytes, value));
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  private static void field(ByteArrayOutputStream bytes, String value) {
    if (value == null) {
      bytes.writeBytes("-,".getBytes(StandardCharsets.UTF_8));
      return;
    }
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    bytes.writeBytes((text.length + ":").getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes(text);
    bytes.write(',');
  }

  /** What is wrong, given what the head of the log says; empty when nothing is. */
  public Optional<String> fault(long headCount, byte[] headHash) {
    if (fault.isPresent()) {
      return fault;
    }
    if (headCount != count) {
      return Optional.of("the log has " + count + " rows and its head says " + headCount);
    }
    if (!MessageDigest.isEqual(hash, headHash)) {
      return Optional.of("the head of the log is not as it was written");
    }
    return known.isPresent() && knownAt.isEmpty()
        ? Optional.of("no row has the hash that was written down: the log was cut or made anew")
        : Optional.empty();
  }

  /** The row that has the hash that was written down. */
  public Optional<Long> knownAt() {
    return knownAt;
  }

  public long count() {
    return count;
  }

  /** To be written down, and compared later. */
  public String head() {
    return HexFormat.of().formatHex(hash);
  }
}
