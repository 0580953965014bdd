-- How one key takes the place of another: docs/decisions/0019-rolls.md.

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE TABLE keyward.roll (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  role           TEXT NOT NULL CHECK (role IN ('zsk', 'ksk')),
  old_key        INT NOT NULL,
  new_key        INT NOT NULL,
  phase          TEXT NOT NULL CHECK (phase IN
    ('entering', 'published', 'switching', 'submitted', 'retiring', 'leaving', 'forgotten')),
  since          TIMESTAMPTZ NOT NULL,
  seen_at        TIMESTAMPTZ,
  pace           TEXT NOT NULL CHECK (pace ~ '^(lazy|now|([0-9]+[dhms])+)$'),
  held           BOOL NOT NULL DEFAULT false,
  waits_for      TEXT NOT NULL CHECK (waits_for IN
    ('stock', 'servers', 'parent', 'caches', 'person', 'clock', 'signer')),
  waits_until    TIMESTAMPTZ,
  waits_since    TIMESTAMPTZ NOT NULL,
  serial         BIGINT NOT NULL,
  dnskey_ttl     BIGINT NOT NULL,
  data_ttl       BIGINT NOT NULL,
  ds_ttl         BIGINT NOT NULL DEFAULT 0,
  look_at        TIMESTAMPTZ NOT NULL,
  began_at       TIMESTAMPTZ NOT NULL,
  began_by       TEXT NOT NULL,
  reason         TEXT NOT NULL,
  PRIMARY KEY (assignment_id, role)
);
CREATE INDEX roll_look ON keyward.roll (look_at);
COMMENT ON TABLE keyward.roll IS 'one key takes the place of another: each zone has one of a role at most';
COMMENT ON COLUMN keyward.roll.old_key IS 'the key that leaves: of role zsk in keyward.zsk, of role ksk in keyward.key';
COMMENT ON COLUMN keyward.roll.new_key IS 'the key that stays';
COMMENT ON COLUMN keyward.roll.seen_at IS 'when what the phase waits for was seen, from which its wait counts';
COMMENT ON COLUMN keyward.roll.pace IS 'lazy: where nothing is signed yet; now: what is signed is signed anew; 3d: the same, spread over that time';
COMMENT ON COLUMN keyward.roll.held IS 'a person wants it to stay where it is';
COMMENT ON COLUMN keyward.roll.waits_for IS
  'stock: sets that the token is to sign; signer: that it is looked at';
COMMENT ON COLUMN keyward.roll.waits_until IS 'where time alone decides';
COMMENT ON COLUMN keyward.roll.serial IS 'a server that shows it has followed all that the roll has changed';
COMMENT ON COLUMN keyward.roll.dnskey_ttl IS
  'the largest TTL of a DNSKEY set since the roll began; data_ttl and ds_ttl alike: a TTL that is lowered'
  ' does not shorten a wait';

CREATE TABLE keyward.roll_event (
  id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at             TIMESTAMPTZ NOT NULL,
  assignment_id  INT NOT NULL,
  zone           TEXT NOT NULL,
  role           TEXT NOT NULL,
  old_tag        INT NOT NULL,
  new_tag        INT NOT NULL,
  phase          TEXT,
  next_phase     TEXT,
  actor          TEXT NOT NULL,
  detail         TEXT NOT NULL
);
CREATE INDEX roll_event_zone ON keyward.roll_event (zone, id);
COMMENT ON TABLE keyward.roll_event IS 'each step and each command of each roll; append-only';
COMMENT ON COLUMN keyward.roll_event.phase IS 'that it came from; null when it began';
COMMENT ON COLUMN keyward.roll_event.next_phase IS 'that it went to; null when it was over';

-- TTLs that the present rows no longer show, of records that went while a roll is under way.
CREATE TABLE keyward.roll_ttl (
  domain_id  INT NOT NULL REFERENCES public.domains(id) ON DELETE CASCADE,
  ttl        BIGINT NOT NULL
);
CREATE INDEX roll_ttl_domain ON keyward.roll_ttl (domain_id);
COMMENT ON TABLE keyward.roll_ttl IS
  'larger TTLs of records that were changed or deleted while a key is replaced; until the signer has noted them';

CREATE TABLE keyward.zone_server (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  address        TEXT NOT NULL,
  serial         BIGINT,
  zsks           INT[] NOT NULL DEFAULT '{}',
  ksks           INT[] NOT NULL DEFAULT '{}',
  signers        INT[] NOT NULL DEFAULT '{}',
  shown_since    TIMESTAMPTZ,
  answered_at    TIMESTAMPTZ,
  asked_at       TIMESTAMPTZ NOT NULL,
  failing_since  TIMESTAMPTZ,
  failure        TEXT,
  PRIMARY KEY (assignment_id, address)
);
COMMENT ON TABLE keyward.zone_server IS
  'what each address of each name server of a zone showed when it was last asked, which is while a roll waits for it';
COMMENT ON COLUMN keyward.zone_server.zsks IS 'ids of the ZSKs in its DNSKEY set';
COMMENT ON COLUMN keyward.zone_server.ksks IS 'ids of the KSKs in its DNSKEY set';
COMMENT ON COLUMN keyward.zone_server.signers IS 'ids of the ZSKs whose signatures it gives';
COMMENT ON COLUMN keyward.zone_server.shown_since IS 'since when it has shown this';
COMMENT ON COLUMN keyward.zone_server.failing_since IS 'since when it has not answered; null when it did';

CREATE TABLE keyward.roll_clock (
  single         BOOL PRIMARY KEY DEFAULT true CHECK (single),
  ticked_at      TIMESTAMPTZ NOT NULL,
  stopped_until  TIMESTAMPTZ,
  jump           TEXT
);
COMMENT ON TABLE keyward.roll_clock IS 'when rolls were last looked at: after a jump of the clock they stop';
COMMENT ON COLUMN keyward.roll_clock.stopped_until IS 'no roll moves before; null when nothing stops them';

-- How keys of zones are kept.
CREATE TABLE keyward.policy (
  name        TEXT PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
  base        TEXT REFERENCES keyward.policy(name) CHECK ((base IS NULL) = (name = 'default')),
  changed_at  TIMESTAMPTZ,
  changed_by  TEXT,
  fault       TEXT,
  fault_since TIMESTAMPTZ
);
COMMENT ON TABLE keyward.policy IS
  'how keys of zones are kept: what one leaves out its base says, and what default leaves out the signer''s configuration';
COMMENT ON COLUMN keyward.policy.changed_at IS 'null: built in';
COMMENT ON COLUMN keyward.policy.fault IS
  'why it is unsafe with the signer''s configuration, so that no roll begins by it';

CREATE TABLE keyward.policy_value (
  policy  TEXT NOT NULL REFERENCES keyward.policy(name) ON DELETE CASCADE,
  field   TEXT NOT NULL,
  value   TEXT NOT NULL,
  PRIMARY KEY (policy, field)
);
COMMENT ON TABLE keyward.policy_value IS 'what a policy says itself, as keyward policy set takes it';
INSERT INTO keyward.policy (name, base) VALUES ('default', NULL), ('as-before', 'default');
INSERT INTO keyward.policy_value (policy, field, value)
  VALUES ('as-before', 'zsk-lifetime', 'never'), ('as-before', 'ksk-lifetime', 'never');

CREATE TABLE keyward.lifetime (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  role           TEXT NOT NULL CHECK (role IN ('zsk', 'ksk')),
  lifetime       BIGINT CHECK (lifetime > 0),
  since          TIMESTAMPTZ NOT NULL,
  turn_at        BIGINT,
  waits_since    TIMESTAMPTZ,
  tried_at       TIMESTAMPTZ,
  why            TEXT,
  PRIMARY KEY (assignment_id, role)
);
CREATE INDEX lifetime_turn ON keyward.lifetime (role, turn_at) WHERE turn_at IS NOT NULL;
CREATE INDEX lifetime_waits ON keyward.lifetime (waits_since) WHERE waits_since IS NOT NULL;
COMMENT ON TABLE keyward.lifetime IS 'the lifetimes of zones'' keys, as the signer has last seen their policies';
COMMENT ON COLUMN keyward.lifetime.lifetime IS 'seconds; null: keys are replaced when somebody asks';
COMMENT ON COLUMN keyward.lifetime.since IS 'when it was set: no roll begins by itself for a turn before';
COMMENT ON COLUMN keyward.lifetime.turn_at IS 'the next turn of the zone, or its last when no roll has begun for it; null: it has none';
COMMENT ON COLUMN keyward.lifetime.waits_since IS 'since when a key that has reached its lifetime could not be replaced';
COMMENT ON COLUMN keyward.lifetime.why IS 'why not';
