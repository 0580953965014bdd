-- What servers follow and report: the change feed, records that are left out, and which denial of
-- existence a zone has had since when.

SET LOCAL search_path TO pg_catalog, pg_temp;

-- Its rows are written by triggers, in the sessions of those who write records. None of them may draw from a
-- sequence: panels ask lastval() for the id of what they have inserted.
CREATE TABLE keyward.change (
  id         UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  txid       XID8 NOT NULL DEFAULT pg_current_xact_id(),
  made_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  kind       TEXT NOT NULL
    CHECK (kind IN ('name', 'many', 'zone', 'signing', 'runway', 'header', 'tsig', 'all', 'mark')),
  domain_id  INT,
  name       TEXT
);
CREATE INDEX change_txid ON keyward.change (txid);
COMMENT ON TABLE keyward.change IS 'what committed transactions touched; Keyward reads it and follows';

COMMENT ON COLUMN keyward.change.kind IS
  'all: everything may have changed; mark: nothing did, servers see by it that the database has not gone back';

-- Servers that saw another state of the database than the one before, as after a restore; the signer makes
-- findings of them.
CREATE TABLE keyward.database_move (
  host        TEXT NOT NULL,
  noticed_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
  what        TEXT NOT NULL,
  PRIMARY KEY (host, noticed_at)
);
COMMENT ON TABLE keyward.database_move IS
  'which servers noticed that the database went back in time, or that another one answers; kept for a week';

-- Zones that a server served otherwise than they were stored; the signer makes findings of them.
CREATE TABLE keyward.unnoticed_change (
  host        TEXT NOT NULL,
  zone        TEXT NOT NULL,
  noticed_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
  what        TEXT NOT NULL,
  cause       TEXT NOT NULL,
  PRIMARY KEY (zone, host, noticed_at)
);
CREATE INDEX unnoticed_change_at ON keyward.unnoticed_change (noticed_at);
COMMENT ON TABLE keyward.unnoticed_change IS
  'writes that no trigger saw, found by comparing what is served with what is stored; kept for a week';

-- One row for each zone that a transaction touched: the deferred trigger on it moves the serial.
-- Its serial is that before the transaction itself wrote the SOA, -1 for a zone that had none, and
-- null as long as the transaction leaves the SOA alone.
CREATE TABLE keyward.touched (
  txid       XID8 NOT NULL,
  domain_id  INT NOT NULL,
  serial     BIGINT,
  PRIMARY KEY (txid, domain_id)
);

-- What could not be served, and why: written by the servers, for people.
CREATE TABLE keyward.problem (
  domain_id  INT NOT NULL REFERENCES public.domains(id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  type       TEXT NOT NULL,
  content    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  found_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX problem_domain ON keyward.problem (domain_id);

-- When the metadata NSEC3PARAM of a zone changed. Every server serves what was before together with
-- what is now for as long as a PowerDNS may have the former in its cache, and secondaries are to fetch
-- the zone at each step of the way.
CREATE TABLE keyward.denial (
  domain_id    INT NOT NULL REFERENCES public.domains(id) ON DELETE CASCADE,
  id           BIGINT NOT NULL,
  nsec3param   TEXT,
  since        TIMESTAMPTZ NOT NULL,
  overlap      INTERVAL NOT NULL DEFAULT '2 minutes',
  serial_due   TIMESTAMPTZ,
  serial_last  TIMESTAMPTZ,
  PRIMARY KEY (domain_id, id)
);
CREATE INDEX denial_due ON keyward.denial (serial_due) WHERE serial_due IS NOT NULL;
COMMENT ON TABLE keyward.denial IS
  'values of the metadata NSEC3PARAM, null for NSEC, each since when; before the first it was NSEC';
COMMENT ON COLUMN keyward.denial.id IS 'of the zone: the first is 1';
COMMENT ON COLUMN keyward.denial.overlap IS
  'longer than PowerDNS keeps metadata (zone-metadata-cache-ttl, 60 s unless set)';

INSERT INTO keyward.denial (domain_id, id, nsec3param, since)
  SELECT DISTINCT ON (domain_id) domain_id, 1, content, '-infinity' FROM public.domainmetadata
  WHERE kind = 'NSEC3PARAM' AND content IS NOT NULL AND domain_id IS NOT NULL
  ORDER BY domain_id, id;
