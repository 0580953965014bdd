package org.keyward.store;

import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jdbi.v3.core.Handle;
import org.keyward.zone.FedRow;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;

/** Creates, fills and deletes zones in PowerDNS's own tables, each in one transaction. */
public final class ZoneEditor {
  private static final String NATIVE = "NATIVE";
  private static final int BATCH = 2_000;
  private static final int FOR_NOW = Integer.MAX_VALUE;

  private final Database database;

  public ZoneEditor(Database database) {
    this.database = database;
  }

  /** Where a zone stands in the table {@code domains}; empty when there is none. */
  public Optional<Integer> find(Name zone) {
    return database.inTransaction(handle -> find(handle, zone));
  }

  private static Optional<Integer> find(Handle handle, Name zone) {
    return handle
        .createQuery("SELECT id FROM public.domains WHERE name = ANY(:names)")
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .mapTo(Integer.class)
        .findFirst();
  }

  /**
   * Adds a zone with these records.
   *
   * @return false when the zone is there already; nothing is changed then
   */
  public boolean create(Name zone, List<RecordRow> rows) {
    return create(zone, NATIVE, List.of(), rows);
  }

  /**
   * Adds a zone with these records.
   *
   * @param kind a word that {@code domains.type} takes
   * @param primaries of a copy
   * @return false when the zone is there already; nothing is changed then
   */
  public boolean create(Name zone, String kind, List<String> primaries, List<RecordRow> rows) {
    return database.inTransaction(
        handle -> {
          if (find(handle, zone).isPresent()) {
            return false;
          }
          insert(handle, add(handle, zone, kind, primaries), rows);
          return true;
        });
  }

  /**
   * Replaces all records of the zone, which is made when it is not there; but for those that are
   * disabled, which no master file has.
   *
   * @param progress is told now and then how many are stored; none of them counts before the end
   */
  public void replace(Name zone, List<RecordRow> rows, IntConsumer progress) {
    database.useTransaction(
        handle -> {
          int id = find(handle, zone).orElseGet(() -> add(handle, zone));
          deleteEnabled(handle, id);
          insert(handle, id, rows, progress);
        });
  }

  /**
   * Does what {@link #replace} does, with all checks, and takes it back.
   *
   * @return how many records there are before
   */
  public int tryReplace(Name zone, List<RecordRow> rows) {
    return database.undone(
        handle -> {
          int id = find(handle, zone).orElseGet(() -> addForNow(handle, zone));
          int before = deleteEnabled(handle, id);
          for (int from = 0; from < rows.size(); from += BATCH) {
            insertForNow(handle, id, from, rows.subList(from, Math.min(rows.size(), from + BATCH)));
          }
          return before;
        });
  }

  private static int deleteEnabled(Handle handle, int id) {
    return handle.execute(
        "DELETE FROM public.records WHERE domain_id = ? AND NOT coalesce(disabled, false)", id);
  }

  /** Identifiers of its own, so that no sequence moves. */
  private static int addForNow(Handle handle, Name zone) {
    handle.execute(
        "INSERT INTO public.domains (id, name, type) VALUES (?, ?, 'NATIVE')",
        FOR_NOW,
        StoredNames.of(zone));
    return FOR_NOW;
  }

  /**
   * Does what {@link #delete} does, with all checks, and takes it back.
   *
   * @return how many records would go; empty when there is no such zone
   */
  public Optional<Integer> tryDelete(Name zone, Optional<String> insistence, String actor) {
    return database.undone(
        handle -> {
          Optional<Integer> records =
              find(handle, zone)
                  .map(
                      id ->
                          handle
                              .createQuery(
                                  "SELECT count(*) FROM public.records WHERE domain_id = ?")
                              .bind(0, id)
                              .mapTo(Integer.class)
                              .one());
          delete(handle, zone, insistence, actor);
          return records;
        });
  }

  /**
   * Deletes the zone with everything in it.
   *
   * @param insistence why a signed zone is deleted; without a reason it is refused
   * @param actor who is written into the audit log when the zone has a key
   * @return false when there is no such zone
   */
  public boolean delete(Name zone, Optional<String> insistence, String actor) {
    return database.inTransaction(handle -> delete(handle, zone, insistence, actor));
  }

  static boolean delete(Handle handle, Name zone, Optional<String> insistence, String actor) {
    handle
        .createQuery(
            """
            SELECT set_config('keyward.actor', :actor, true)
              || set_config('keyward.insist', :why, true)
            """)
        .bind("actor", actor)
        .bind("why", insistence.orElse(""))
        .mapTo(String.class)
        .one();
    return find(handle, zone)
        .map(id -> handle.execute("DELETE FROM public.domains WHERE id = ?", id) > 0)
        .orElse(false);
  }

  /**
   * Sets one kind of the zone's metadata to this value alone, or removes it.
   *
   * @return false when there is no such zone
   */
  public boolean setMetadata(Name zone, String kind, Optional<String> value) {
    return database.inTransaction(handle -> setMetadata(handle, zone, kind, value));
  }

  private static boolean setMetadata(
      Handle handle, Name zone, String kind, Optional<String> value) {
    Optional<Integer> id = find(handle, zone);
    id.ifPresent(
        found -> {
          handle.execute(
              "DELETE FROM public.domainmetadata WHERE domain_id = ? AND kind = ?", found, kind);
          value.ifPresent(
              content ->
                  handle.execute(
                      "INSERT INTO public.domainmetadata (domain_id, kind, content)"
                          + " VALUES (?, ?, ?)",
                      found,
                      kind,
                      content));
        });
    return id.isPresent();
  }

  /**
   * Publishes the zone's keys for its parent, as CDS and CDNSKEY.
   *
   * @param digests numbers of digest types; 0 for the form that asks for no DS; empty for none
   */
  public void publishKeys(Name zone, String digests, String actor) {
    database.useTransaction(handle -> publishKeys(handle, zone, digests, actor));
  }

  static void publishKeys(Handle handle, Name zone, String digests, String actor) {
    actAs(handle, actor);
    Optional<String> cds = Optional.of(digests).filter(value -> !value.isEmpty());
    setMetadata(handle, zone, "PUBLISH-CDS", cds);
    setMetadata(handle, zone, "PUBLISH-CDNSKEY", cds.map(value -> value.equals("0") ? "0" : "1"));
  }

  /** For the audit rows that the database itself writes in this transaction. */
  static void actAs(Handle handle, String actor) {
    handle
        .createQuery("SELECT set_config('keyward.actor', :actor, true)")
        .bind("actor", actor)
        .mapTo(String.class)
        .one();
  }

  private static int add(Handle handle, Name zone) {
    return add(handle, zone, NATIVE, List.of());
  }

  private static int add(Handle handle, Name zone, String kind, List<String> primaries) {
    return handle
        .createQuery(
            "INSERT INTO public.domains (name, type, master) VALUES (?, ?, nullif(?, ''))"
                + " RETURNING id")
        .bind(0, StoredNames.of(zone))
        .bind(1, kind)
        .bind(2, String.join(",", primaries))
        .mapTo(Integer.class)
        .one();
  }

  static void insert(Handle handle, int zoneId, List<RecordRow> rows) {
    insert(handle, zoneId, rows, stored -> {});
  }

  /** At most as many as fit one statement. */
  static void insertFed(Handle handle, int zoneId, List<FedRow> rows) {
    insertAll(handle, zoneId, rows);
  }

  private static void insert(
      Handle handle, int zoneId, List<RecordRow> rows, IntConsumer progress) {
    for (int from = 0; from < rows.size(); from += BATCH) {
      List<RecordRow> slice = rows.subList(from, Math.min(rows.size(), from + BATCH));
      insertAll(handle, zoneId, slice.stream().map(FedRow::of).toList());
      progress.accept(from + slice.size());
    }
  }

  /** One statement for many rows: triggers run once a statement. */
  private static void insertAll(Handle handle, int zoneId, List<FedRow> fed) {
    List<RecordRow> rows = fed.stream().map(FedRow::row).toList();
    handle
        .createUpdate(
            """
            INSERT INTO public.records (domain_id, name, type, content, ttl, prio, ordername, auth)
            SELECT :zone, r.name, nullif(r.type, ''),
              CASE WHEN r.type = '' THEN NULL ELSE r.content END,
              CASE WHEN r.type = '' THEN NULL ELSE r.ttl END,
              CASE WHEN r.type = '' THEN NULL ELSE r.prio END, r.ordername, r.auth
            FROM unnest(:names, :types, :contents, :ttls, :prios, :ordernames, :auths)
              r(name, type, content, ttl, prio, ordername, auth)
            """)
        .bind("zone", zoneId)
        .bindArray("names", String.class, texts(rows, row -> StoredNames.of(row.owner())))
        .bindArray("types", String.class, texts(rows, RecordRow::type))
        .bindArray("contents", String.class, texts(rows, RecordRow::content))
        .bindArray("ttls", Integer.class, rows.stream().map(row -> (int) row.ttl()).toArray())
        .bindArray("prios", Integer.class, rows.stream().map(RecordRow::priority).toArray())
        .bindArray(
            "ordernames",
            String.class,
            fed.stream().map(row -> row.orderName().orElse(null)).toArray())
        .bindArray("auths", Boolean.class, fed.stream().map(FedRow::auth).toArray())
        .execute();
  }

  private static void insertForNow(Handle handle, int zoneId, int from, List<RecordRow> rows) {
    handle
        .createUpdate(
            """
            INSERT INTO public.records (id, domain_id, name, type, content, ttl, prio)
            SELECT -1 - :from - r.place, :zone, r.name, r.type, r.content, r.ttl, r.prio
            FROM unnest(:names, :types, :contents, :ttls, :prios) WITH ORDINALITY
              r (name, type, content, ttl, prio, place)
            """)
        .bind("zone", zoneId)
        .bind("from", from)
        .bindArray("names", String.class, texts(rows, row -> StoredNames.of(row.owner())))
        .bindArray("types", String.class, texts(rows, RecordRow::type))
        .bindArray("contents", String.class, texts(rows, RecordRow::content))
        .bindArray("ttls", Integer.class, rows.stream().map(row -> (int) row.ttl()).toArray())
        .bindArray("prios", Integer.class, rows.stream().map(RecordRow::priority).toArray())
        .execute();
  }

  private static Object[] texts(
      List<RecordRow> rows, java.util.function.Function<RecordRow, String> part) {
    return rows.stream().map(part).toArray();
  }
}
