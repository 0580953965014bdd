-- What is signed with which key until when, what the signer has to do for it, and what it saw of the
-- tokens and of the parents.

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE TABLE keyward.key (
  id            INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_serial  TEXT NOT NULL,
  token_name    TEXT NOT NULL,
  label         TEXT NOT NULL,
  cka_id        TEXT NOT NULL,
  algorithm     INT NOT NULL,
  public_key    BYTEA NOT NULL,
  key_tag       INT NOT NULL,
  first_seen    TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (token_serial, algorithm, public_key)
);
COMMENT ON TABLE keyward.key IS 'key signing keys on tokens; the private part never leaves the token';

CREATE TABLE keyward.request (
  id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind           TEXT NOT NULL CHECK (kind IN ('assign', 'unassign', 'delete', 'mode', 'adopt', 'clock', 'keep', 'publish', 'rule', 'roll', 'policy')),
  zone           TEXT NOT NULL,
  token          TEXT,
  label          TEXT,
  algorithm      INT,
  mode           TEXT,
  key_label      TEXT,
  hold           BIGINT,
  reason         TEXT NOT NULL DEFAULT '',
  insist         BOOLEAN NOT NULL DEFAULT false,
  actor          TEXT NOT NULL,
  state          TEXT NOT NULL DEFAULT 'queued'
    CHECK (state IN ('waiting', 'queued', 'started', 'done', 'failed')),
  answer         TEXT NOT NULL DEFAULT '',
  asked_at       TIMESTAMPTZ NOT NULL DEFAULT now(),
  answered_at    TIMESTAMPTZ,
  approved_by    TEXT,
  approved_at    TIMESTAMPTZ,
  zsk_algorithm  INT,
  zsk_public     BYTEA,
  zsk_tag        INT,
  zsk_sealed     BYTEA,
  not_before     TIMESTAMPTZ
);
CREATE INDEX request_queued ON keyward.request (id) WHERE state = 'queued';
CREATE INDEX request_failed ON keyward.request (answered_at) WHERE state = 'failed' AND actor = 'powerdns';
CREATE INDEX request_zone ON keyward.request (zone, id);
CREATE INDEX request_open ON keyward.request (zone) WHERE state IN ('waiting', 'queued', 'started');
CREATE INDEX request_waiting ON keyward.request (id) WHERE state = 'waiting';
COMMENT ON TABLE keyward.request IS 'what people asked the signer to do, and its answer';
COMMENT ON COLUMN keyward.request.kind IS 'keep: take an unassign back; clock: a word on clocks that differ';
COMMENT ON COLUMN keyward.request.mode IS
  'of a change of mode or an assignment: the mode; of a roll: start, start-now, start-3d or the like, hold, resume, cancel or confirm;'
  ' of a policy: set, delete or assign';
COMMENT ON COLUMN keyward.request.key_label IS
  'of a roll of the KSK: the label of the new key on the token; of a policy: what it is to say';
COMMENT ON COLUMN keyward.request.hold IS
  'seconds that the zone stays signed, null leaves it to the signer''s configuration; or that a word on clocks counts';
COMMENT ON COLUMN keyward.request.insist IS 'of a deletion: although the zone is signed';
COMMENT ON COLUMN keyward.request.zsk_sealed IS
  'of an adoption: the ZSK that the zone keeps or has published ahead';
COMMENT ON COLUMN keyward.request.not_before IS
  'of an adoption: when resolvers know the ZSK; Keyward signs with it from then on';

-- Times of signatures are seconds since 1970, as in RRSIG records.
CREATE TABLE keyward.assignment (
  id             INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  domain_id      INT REFERENCES public.domains(id) ON DELETE SET NULL,
  zone           TEXT NOT NULL,
  key_id         INT NOT NULL REFERENCES keyward.key(id),
  mode           TEXT NOT NULL CHECK (mode IN ('presigned', 'split', 'powerdns')),
  state          TEXT NOT NULL CHECK (state IN ('signing', 'signed', 'leaving', 'ended')),
  validity       BIGINT NOT NULL,
  step           BIGINT NOT NULL,
  offset_before  BIGINT NOT NULL,
  runway         BIGINT NOT NULL,
  dnskey_ttl     BIGINT NOT NULL,
  planned_until  BIGINT NOT NULL DEFAULT 0,
  renews_at      BIGINT NOT NULL DEFAULT 0,
  unsign_at      BIGINT,
  request_id     BIGINT REFERENCES keyward.request(id),
  assigned_at    TIMESTAMPTZ NOT NULL,
  assigned_by    TEXT NOT NULL,
  reason         TEXT NOT NULL,
  ended_at       TIMESTAMPTZ,
  ended_by       TEXT,
  next_mode      TEXT CHECK (next_mode IN ('presigned', 'split')),
  mode_since     TIMESTAMPTZ,
  mode_half      INTERVAL NOT NULL DEFAULT '2 minutes',
  mode_due       TIMESTAMPTZ,
  cds            TEXT,
  cdnskey        TEXT,
  adopt_after    TIMESTAMPTZ,
  terms_of       TEXT
);
CREATE UNIQUE INDEX assignment_live ON keyward.assignment (domain_id) WHERE state <> 'ended';
CREATE INDEX assignment_planned ON keyward.assignment (planned_until) WHERE state <> 'ended';
CREATE INDEX assignment_renews ON keyward.assignment (renews_at) WHERE state IN ('signed', 'leaving');
CREATE INDEX assignment_renewed ON keyward.assignment ((renews_at - step)) WHERE state IN ('signed', 'leaving');
CREATE INDEX assignment_mode_due ON keyward.assignment (mode_due) WHERE mode_due IS NOT NULL;
CREATE INDEX assignment_next_mode ON keyward.assignment (id) WHERE next_mode IS NOT NULL;
CREATE INDEX assignment_split ON keyward.assignment (id)
  WHERE state <> 'ended' AND (mode = 'split' OR next_mode = 'split');
CREATE INDEX assignment_adopted ON keyward.assignment (id) WHERE adopt_after IS NOT NULL;
COMMENT ON TABLE keyward.assignment IS 'which zone uses which key, since when, by whom and why; ended ones stay';
COMMENT ON COLUMN keyward.assignment.mode IS
  'powerdns: goes over to keys of PowerDNS, or has ended with that';
COMMENT ON COLUMN keyward.assignment.dnskey_ttl IS
  'TTL that the DNSKEY set is to have; in mode split the SOA minimum';
COMMENT ON COLUMN keyward.assignment.next_mode IS 'the mode that waits for its first signatures';
COMMENT ON COLUMN keyward.assignment.mode_since IS
  'when the change to the mode began; null when the zone was unsigned before';
COMMENT ON COLUMN keyward.assignment.mode_half IS
  'the change takes twice this; longer than PowerDNS keeps keys, metadata and answers';
COMMENT ON COLUMN keyward.assignment.cds IS
  'digest types of the CDS set that is wanted, 0 for the one that asks for no DS; null for none';
COMMENT ON COLUMN keyward.assignment.cdnskey IS
  '1 when a CDNSKEY set is wanted, 0 for the one that asks for no DS; null for none';
COMMENT ON COLUMN keyward.assignment.terms_of IS
  'the policy that validity, step, runway and dnskey_ttl were taken from last';
COMMENT ON COLUMN keyward.assignment.adopt_after IS
  'until the keys of PowerDNS are given up: when the change may begin';

CREATE TABLE keyward.zsk (
  id             INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  algorithm      INT NOT NULL,
  public_key     BYTEA NOT NULL,
  key_tag        INT NOT NULL,
  sealed         BYTEA,
  purged_at      TIMESTAMPTZ,
  published_from  BIGINT,
  published_until BIGINT,
  signs_from     BIGINT,
  signs_until    BIGINT,
  unneeded_from  BIGINT,
  CHECK (published_until >= published_from),
  CHECK (signs_until >= signs_from),
  CHECK ((sealed IS NULL) = (purged_at IS NOT NULL))
);
CREATE INDEX zsk_assignment ON keyward.zsk (assignment_id);
CREATE INDEX zsk_former ON keyward.zsk (published_until)
  WHERE published_until IS NOT NULL AND sealed IS NOT NULL;
COMMENT ON COLUMN keyward.zsk.published_from IS
  'begin of the first window whose DNSKEY set has the key; null: none has';
COMMENT ON COLUMN keyward.zsk.published_until IS 'the windows that begin then, or later, are without it; null: undecided';
COMMENT ON COLUMN keyward.zsk.signs_from IS 'when it begins to sign; null: it does not';
COMMENT ON COLUMN keyward.zsk.signs_until IS 'when it no longer signs; null: undecided';
COMMENT ON COLUMN keyward.zsk.unneeded_from IS
  'from when on a DNSKEY set without the key is safe to serve; null: not known, each set needs it';
COMMENT ON COLUMN keyward.zsk.sealed IS
  'private key, AES-256-GCM under the seal key, which is not in the database; null when it was purged';
COMMENT ON COLUMN keyward.zsk.purged_at IS 'when the private key was removed, which nothing can need any more';

CREATE TABLE keyward.ksk (
  assignment_id   INT NOT NULL REFERENCES keyward.assignment(id),
  key_id          INT NOT NULL REFERENCES keyward.key(id),
  published_from  BIGINT,
  published_until BIGINT,
  signs_from      BIGINT,
  signs_until     BIGINT,
  unneeded_from   BIGINT,
  look_at         TIMESTAMPTZ,
  PRIMARY KEY (assignment_id, key_id),
  CHECK (published_until >= published_from),
  CHECK (signs_until >= signs_from)
);
CREATE INDEX ksk_look ON keyward.ksk (look_at) WHERE look_at IS NOT NULL;
COMMENT ON TABLE keyward.ksk IS
  'the KSKs that a zone has, is to have and had; assignment.key_id is the one whose DS the parent is to have';
COMMENT ON COLUMN keyward.ksk.published_from IS
  'begin of the first window whose DNSKEY set has the key; null: none has';
COMMENT ON COLUMN keyward.ksk.published_until IS 'the windows that begin then, or later, are without it; null: undecided';
COMMENT ON COLUMN keyward.ksk.signs_from IS 'begin of the first window whose DNSKEY set it signs; null: none';
COMMENT ON COLUMN keyward.ksk.signs_until IS 'it does not sign the windows that begin then, or later; null: undecided';
COMMENT ON COLUMN keyward.ksk.unneeded_from IS
  'from when on a DNSKEY set without the key, and its signature, is safe to serve; null: not known, each set needs it';
COMMENT ON COLUMN keyward.ksk.look_at IS
  'the parent may have gone back to this key, which no roll is about: when to look; else null';

-- Beside PowerDNS's table cryptokeys, whose rows its own backend must be able to read, and with ids of the same
-- sequence: PowerDNS knows keys by their ids.
CREATE TABLE keyward.sealed_key (
  id         INT PRIMARY KEY DEFAULT nextval('public.cryptokeys_id_seq'),
  domain_id  INT NOT NULL REFERENCES public.domains(id) ON DELETE CASCADE,
  flags      INT NOT NULL,
  active     BOOL NOT NULL,
  published  BOOL NOT NULL,
  takes_pin  BOOL NOT NULL,
  sealed     BYTEA NOT NULL
);
CREATE INDEX sealed_key_domain ON keyward.sealed_key (domain_id);
COMMENT ON TABLE keyward.sealed_key IS
  'keys that PowerDNS signs with, through Keyward, and that are sealed; those in clear are in cryptokeys';
COMMENT ON COLUMN keyward.sealed_key.takes_pin IS
  'the key is on a token, and PowerDNS gets it with the PIN of the configuration; part of what is sealed';
COMMENT ON COLUMN keyward.sealed_key.sealed IS
  'private key, or where it is on a token, AES-256-GCM under the seal key, which is not in the database';

-- The check value is an HMAC under the seal key, from which nobody learns the key.
CREATE TABLE keyward.seal_key (
  one          BOOL PRIMARY KEY DEFAULT true CHECK (one),
  check_value  BYTEA NOT NULL CHECK (length(check_value) = 32),
  since        TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE keyward.seal_key IS 'which seal key is in force: a process with another one refuses to start';

-- The KSK signs the TTL with the set. In mode split PowerDNS gives the SOA minimum to the DNSKEY set as
-- its TTL, so that a new minimum needs new signatures; those over the former TTL stay valid.
CREATE TABLE keyward.signed_set (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  active_from    BIGINT NOT NULL,
  inception      BIGINT NOT NULL,
  expiration     BIGINT NOT NULL,
  signature      BYTEA NOT NULL,
  signed_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
  ttl            BIGINT NOT NULL,
  zsks           INT[] NOT NULL,
  ksks           INT[] NOT NULL,
  signer         INT NOT NULL,
  stored         BIGINT GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (assignment_id, active_from, ttl, zsks, ksks, signer)
);
CREATE INDEX signed_set_covered ON keyward.signed_set (assignment_id, inception, expiration);
COMMENT ON TABLE keyward.signed_set IS 'the runway: signatures of the key signing key over the DNSKEY set, made ahead';
COMMENT ON COLUMN keyward.signed_set.ttl IS 'of the DNSKEY set, as the signature has it';
COMMENT ON COLUMN keyward.signed_set.stored IS
  'counts: of a window that was signed for several sets, what was stored last is served';
COMMENT ON COLUMN keyward.signed_set.zsks IS
  'the ZSKs in the set that was signed, whatever their rows say now';
COMMENT ON COLUMN keyward.signed_set.ksks IS 'the KSKs in that set, as ids of keyward.key';
COMMENT ON COLUMN keyward.signed_set.signer IS 'the KSK that signed it; a set may have a row of each that did';

CREATE TABLE keyward.signed_child (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  type           INT NOT NULL CHECK (type IN (59, 60)),
  content        TEXT NOT NULL,
  key_id         INT NOT NULL,
  signer         INT NOT NULL,
  active_from    BIGINT NOT NULL,
  inception      BIGINT NOT NULL,
  expiration     BIGINT NOT NULL,
  ttl            BIGINT NOT NULL,
  signature      BYTEA NOT NULL,
  signed_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (assignment_id, type, content, key_id, active_from, signer)
);
COMMENT ON TABLE keyward.signed_child IS
  'signatures of the key signing key over CDS and CDNSKEY sets, made ahead like those over the DNSKEY set';
COMMENT ON COLUMN keyward.signed_child.key_id IS 'the KSK that the set names';
COMMENT ON COLUMN keyward.signed_child.signer IS 'the KSK that signed it: one whose DS the parent has, which may be another';

CREATE TABLE keyward.signing_work (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  active_from    BIGINT NOT NULL,
  inception      BIGINT NOT NULL,
  expiration     BIGINT NOT NULL,
  token_serial   TEXT NOT NULL,
  needed_by      BIGINT NOT NULL,
  type           INT NOT NULL DEFAULT 48 CHECK (type IN (48, 59, 60)),
  content        TEXT NOT NULL DEFAULT '',
  signer         INT NOT NULL,
  not_before     BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (assignment_id, active_from, type, signer)
);
CREATE INDEX signing_work_turn
  ON keyward.signing_work (token_serial, needed_by, assignment_id, active_from);
COMMENT ON COLUMN keyward.signing_work.type IS 'what is to be signed: 48 DNSKEY, 59 CDS, 60 CDNSKEY';
COMMENT ON COLUMN keyward.signing_work.signer IS 'the KSK, on the token of this serial number';
COMMENT ON COLUMN keyward.signing_work.not_before IS
  'when its turn is, of a set that is signed anew at the pace of a roll; 0: at once';
COMMENT ON COLUMN keyward.signing_work.content IS 'of a CDS or CDNSKEY set: what the assignment wants';

CREATE TABLE keyward.pin_memory (
  token_serial  TEXT NOT NULL,
  pin_mac       BYTEA NOT NULL,
  verdict       TEXT NOT NULL,
  at            TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (token_serial, pin_mac)
);

CREATE TABLE keyward.token_status (
  name            TEXT PRIMARY KEY,
  serial          TEXT,
  label           TEXT,
  fault           TEXT,
  queue           BIGINT NOT NULL DEFAULT 0,
  rate            DOUBLE PRECISION NOT NULL DEFAULT 0,
  seen_at         TIMESTAMPTZ NOT NULL,
  model           TEXT,
  pin             TEXT NOT NULL DEFAULT 'unknown',
  warnings        TEXT[] NOT NULL DEFAULT '{}',
  fault_since     TIMESTAMPTZ,
  busy            DOUBLE PRECISION NOT NULL DEFAULT 0,
  permit_uses     BIGINT NOT NULL DEFAULT 0,
  permit_waited   DOUBLE PRECISION NOT NULL DEFAULT 0,
  permit_held     DOUBLE PRECISION NOT NULL DEFAULT 0,
  inventoried_at  TIMESTAMPTZ
);
COMMENT ON TABLE keyward.token_status IS 'what the signer last saw of each token';
COMMENT ON COLUMN keyward.token_status.busy IS 'share of the time that the permit of its module was held lately';
COMMENT ON COLUMN keyward.token_status.permit_held IS 'seconds since the signer started; of the whole module';

CREATE TABLE keyward.token_key (
  token_name    TEXT NOT NULL,
  token_serial  TEXT NOT NULL,
  label         TEXT NOT NULL,
  cka_id        TEXT NOT NULL,
  algorithm     INT NOT NULL,
  public_key    BYTEA NOT NULL,
  key_tag       INT NOT NULL
);
CREATE INDEX token_key_token ON keyward.token_key (token_name);
COMMENT ON TABLE keyward.token_key IS 'keys that the signer last saw on each token, assigned or not';

CREATE TABLE keyward.signature_count (
  token_serial  TEXT NOT NULL,
  label         TEXT NOT NULL,
  result        TEXT NOT NULL CHECK (result IN ('done', 'failed')),
  count         BIGINT NOT NULL,
  PRIMARY KEY (token_serial, label, result)
);
COMMENT ON TABLE keyward.signature_count IS 'how often each key signed, or could not';

CREATE TABLE keyward.parent_view (
  domain_id   INT PRIMARY KEY REFERENCES public.domains(id) ON DELETE CASCADE,
  verdict     TEXT NOT NULL,
  detail      TEXT NOT NULL,
  checked_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX parent_view_checked ON keyward.parent_view (checked_at);
COMMENT ON TABLE keyward.parent_view IS
  'whether the DS at the parent fits, as its name servers say, or the resolver (signing.parent-check)';

CREATE TABLE keyward.parent_server (
  domain_id  INT NOT NULL REFERENCES public.domains(id) ON DELETE CASCADE,
  server     TEXT NOT NULL,
  address    TEXT NOT NULL,
  parent     TEXT NOT NULL,
  shows      TEXT NOT NULL CHECK (shows IN ('MATCH', 'differs', 'none', 'lame', 'unreachable')),
  ds         TEXT[] NOT NULL,
  ttl        INT,
  detail     TEXT NOT NULL,
  since      TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (domain_id, server, address)
);
COMMENT ON TABLE keyward.parent_server IS
  'what each address of each name server of a parent shows of a zone; a row is written when that changes';

-- TTLs of before are in caches for as long as they say.
CREATE TABLE keyward.parent_ds_ttl (
  domain_id  INT NOT NULL REFERENCES public.domains(id) ON DELETE CASCADE,
  ttl        INT NOT NULL,
  seen_at    TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (domain_id, ttl)
);
COMMENT ON TABLE keyward.parent_ds_ttl IS
  'TTLs that the DS of a zone had in the last 60 days, but for those that were smaller than others on the same day';

-- Its rows come from triggers and from people, and are the signer's to answer.
CREATE TABLE keyward.parent_question (
  domain_id  INT PRIMARY KEY REFERENCES public.domains(id) ON DELETE CASCADE,
  wanted_at  TIMESTAMPTZ NOT NULL,
  failed_at  TIMESTAMPTZ,
  failure    TEXT
);
COMMENT ON TABLE keyward.parent_question IS
  'zones whose parent is to be asked at once: their keys have changed, or a person wants to know';
COMMENT ON COLUMN keyward.parent_question.failure IS 'why nobody could say; null when somebody did';

CREATE TABLE keyward.host_clock (
  role        TEXT NOT NULL CHECK (role IN ('signer', 'server')),
  host        TEXT NOT NULL,
  difference  DOUBLE PRECISION NOT NULL,
  apart       BOOL NOT NULL,
  checked_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (role, host)
);
COMMENT ON TABLE keyward.host_clock IS 'how far the clock of each host was ahead of the database''s when it last looked';
COMMENT ON COLUMN keyward.host_clock.difference IS 'seconds; negative when it is behind';
COMMENT ON COLUMN keyward.host_clock.apart IS
  'it was so far away that secondaries may have fetched signatures of another time from it';

-- A server writes its row every few seconds, and deletes it when it is stopped.
CREATE TABLE keyward.server (
  name     TEXT PRIMARY KEY,
  seen_at  TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE keyward.server IS 'servers that answer PowerDNS, and when each was last there';

CREATE TABLE keyward.server_pin (
  server  TEXT NOT NULL REFERENCES keyward.server(name) ON DELETE CASCADE,
  slot    TEXT NOT NULL,
  module  TEXT NOT NULL,
  PRIMARY KEY (server, slot)
);
COMMENT ON TABLE keyward.server_pin IS 'tokens whose PIN a server can give to PowerDNS; the PINs are nowhere';
COMMENT ON COLUMN keyward.server_pin.slot IS 'label, serial number or name of the token';
COMMENT ON COLUMN keyward.server_pin.module IS 'as PowerDNS calls it';

CREATE TABLE keyward.powerdns_contact (
  server      TEXT PRIMARY KEY,
  started_at  TIMESTAMPTZ NOT NULL,
  seen_at     TIMESTAMPTZ NOT NULL,
  asked_at    TIMESTAMPTZ,
  asked_over  TEXT[] NOT NULL DEFAULT '{}',
  without_pin TEXT[] NOT NULL DEFAULT '{}',
  invalid     TEXT[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE keyward.powerdns_contact IS 'what each server has seen of PowerDNS';
COMMENT ON COLUMN keyward.powerdns_contact.asked_at IS 'when PowerDNS last asked for anything; null when it never did';
COMMENT ON COLUMN keyward.powerdns_contact.asked_over IS 'how, lately: unix, pipe or http';
COMMENT ON COLUMN keyward.powerdns_contact.invalid IS
  'of a sample of what is signed: zone, space, and what does not validate as PowerDNS serves it';
COMMENT ON COLUMN keyward.powerdns_contact.without_pin IS
  'zones that PowerDNS is to sign with a key on a token, and gets no PIN for';
CREATE TABLE keyward.server_copy (
  host         TEXT PRIMARY KEY,
  trouble      TEXT,
  cold_copied  TIMESTAMPTZ,
  cold_from    TIMESTAMPTZ,
  cold_until   TIMESTAMPTZ,
  checked_at   TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE keyward.server_copy IS
  'whether each server has a copy of its zones for a start without the database, and its last such start';
COMMENT ON COLUMN keyward.server_copy.trouble IS 'why it has none, or not of all zones; null when it has';
COMMENT ON COLUMN keyward.server_copy.cold_copied IS 'when the zones that it served then had been read';

CREATE TABLE keyward.clock_word (
  single      BOOL PRIMARY KEY DEFAULT true CHECK (single),
  difference  DOUBLE PRECISION NOT NULL,
  until       TIMESTAMPTZ NOT NULL,
  actor       TEXT NOT NULL,
  reason      TEXT NOT NULL
);
COMMENT ON TABLE keyward.clock_word IS
  'who said last that the signer is to go on though its clock and the database''s differ by so many seconds';

CREATE TABLE keyward.pruning (
  single   BOOL PRIMARY KEY DEFAULT true CHECK (single),
  earlier  TIMESTAMPTZ NOT NULL,
  later    TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE keyward.pruning IS 'by what time old signatures are thrown away: earlier; later follows it after a day';

CREATE TABLE keyward.removed_zone (
  zone        TEXT PRIMARY KEY,
  removed_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
  removed_by  TEXT NOT NULL,
  reason      TEXT NOT NULL,
  ds          TEXT,
  checked_at  TIMESTAMPTZ
);
COMMENT ON TABLE keyward.removed_zone IS
  'zones that were deleted while they were signed, until their parents have no DS for them';
COMMENT ON COLUMN keyward.removed_zone.ds IS 'what the parent has; empty for nothing, null when nobody has asked';
