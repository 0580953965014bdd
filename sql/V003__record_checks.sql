-- Records that PowerDNS could not serve are refused when they are written, with a message that says
-- what to do. What is in an adopted database already is not checked; Keyward leaves out what cannot
-- be served and reports it in keyward.problems.

SET LOCAL search_path TO public;

-- What is wrong with one record by itself; null when nothing is. Types that are not listed are
-- checked when they are served.
CREATE FUNCTION keyward.record_fault(
  zone TEXT, name TEXT, type TEXT, content TEXT, ttl INT, prio INT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
BEGIN
  IF type IS NULL OR type = '' THEN
    RETURN NULL; -- an empty non-terminal, as PowerDNS's rectify writes it
  END IF;
  IF zone NOT IN ('', '.') AND name <> zone AND right(name, length(zone) + 1) <> '.' || zone THEN
    RETURN 'its name is outside the zone; write the whole name, without trailing dot';
  END IF;
  IF name <> '.' AND right(name, 1) = '.' THEN
    RETURN 'its name ends with a dot; leave the dot out';
  END IF;
  IF ttl < 0 THEN
    RETURN 'its TTL is negative; give seconds';
  END IF;
  IF content IS NULL OR (content = '' AND type <> 'APL') THEN
    RETURN 'it has no content';
  END IF;
  CASE type
    WHEN 'A' THEN
      IF content !~ '^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$' THEN
        RETURN '''' || content || ''' is no IPv4 address; write four numbers like 192.0.2.1';
      END IF;
    WHEN 'AAAA' THEN
      BEGIN
        IF family(content::INET) <> 6 OR content ~ '/' THEN
          RETURN '''' || content || ''' is no IPv6 address; write it like 2001:db8::1';
        END IF;
      EXCEPTION WHEN invalid_text_representation THEN
        RETURN '''' || content || ''' is no IPv6 address; write it like 2001:db8::1';
      END;
    WHEN 'MX' THEN
      IF content ~ '\s' THEN
        RETURN 'its content has a space; put the preference into the column prio and only the name into content';
      END IF;
      IF coalesce(prio, -1) NOT BETWEEN 0 AND 65535 THEN
        RETURN 'it has no preference; put a number from 0 to 65535 into the column prio';
      END IF;
    WHEN 'SRV' THEN
      IF content !~ '^\d+\s+\d+\s+\S+$' THEN
        RETURN 'its content is not ''weight port target''; the priority goes into the column prio';
      END IF;
      IF coalesce(prio, -1) NOT BETWEEN 0 AND 65535 THEN
        RETURN 'it has no priority; put a number from 0 to 65535 into the column prio';
      END IF;
    WHEN 'TXT', 'SPF' THEN
      IF content !~ '^".*"$' AND content !~ '^\\# ' THEN
        RETURN 'its text is not in quotes; write "' || left(content, 40) || '" with the double quotes';
      END IF;
    WHEN 'CNAME', 'NS', 'DNAME', 'PTR' THEN
      IF content ~ '\s' THEN
        RETURN '''' || content || ''' is not one name';
      END IF;
    WHEN 'SOA' THEN
      IF content !~ '^\S+\s+\S+(\s+\d+){5}$' THEN
        RETURN 'its content is not ''primary hostmaster serial refresh retry expire minimum''';
      END IF;
      IF name <> zone THEN
        RETURN 'an SOA belongs to the zone itself';
      END IF;
    ELSE
      NULL;
  END CASE;
  RETURN NULL;
END
$$;

CREATE FUNCTION keyward.check_record() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  zone TEXT;
  fault TEXT;
BEGIN
  SELECT d.name INTO zone FROM public.domains d WHERE d.id = NEW.domain_id;
  IF zone IS NULL OR coalesce(NEW.disabled, false) THEN
    RETURN NEW;
  END IF;
  fault := keyward.record_fault(zone, NEW.name, NEW.type, NEW.content, NEW.ttl, NEW.prio);
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION 'zone %: the record % % cannot be served: %', zone, NEW.name, NEW.type, fault
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_record
  BEFORE INSERT OR UPDATE OF domain_id, name, type, content, ttl, prio, disabled ON records
  FOR EACH ROW EXECUTE FUNCTION keyward.check_record();

-- What is wrong between records of a name: judged at commit, so that a transaction may replace one by
-- the other in any order.
CREATE FUNCTION keyward.check_name() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  aliases BIGINT;
  others BIGINT;
  soas BIGINT;
BEGIN
  SELECT count(*) FILTER (WHERE r.type = 'CNAME'),
    count(*) FILTER (WHERE r.type NOT IN ('CNAME', 'RRSIG', 'NSEC', '')),
    count(*) FILTER (WHERE r.type = 'SOA')
  INTO aliases, others, soas
  FROM public.records r
  WHERE r.domain_id = NEW.domain_id AND r.name = NEW.name AND NOT coalesce(r.disabled, false);
  IF aliases > 1 OR (aliases = 1 AND others > 0) THEN
    RAISE EXCEPTION 'zone %: % has a CNAME beside other records: keep either the CNAME alone or the others',
      (SELECT d.name FROM public.domains d WHERE d.id = NEW.domain_id), NEW.name
      USING ERRCODE = 'check_violation';
  END IF;
  IF soas > 1 THEN
    RAISE EXCEPTION 'zone %: it would have % SOA records: update the one that it has', NEW.name, soas
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
-- Only what can be at fault: an alias, an SOA, or a record at the name of an alias.
CREATE FUNCTION keyward.at_alias(domain INT, owner TEXT) RETURNS BOOL
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM public.records r
    WHERE r.domain_id = domain AND r.name = owner AND r.type = 'CNAME')
$$;
CREATE CONSTRAINT TRIGGER keyward_check_name
  AFTER INSERT OR UPDATE OF domain_id, name, type, disabled ON records
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW
  WHEN (NEW.type IN ('CNAME', 'SOA') OR keyward.at_alias(NEW.domain_id, NEW.name))
  EXECUTE FUNCTION keyward.check_name();
