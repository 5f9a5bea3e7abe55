package parity

// schema has what PostgreSQL does behind the SQL and what sessions see in their own way, a little of each:
// the programs are about the wrapper, and packages behind and catalog about these. $ROLE is the side's.
const schema = `
CREATE SCHEMA s2;
CREATE TABLE a (id int PRIMARY KEY, v int, note text DEFAULT '');
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE, v int);
CREATE TABLE c (id serial, v int CHECK (v < 1000));
CREATE TABLE d (id int PRIMARY KEY, v int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE s2.a (id int PRIMARY KEY, v int, note text DEFAULT 's2');
CREATE TABLE lg (n int);
CREATE VIEW va AS SELECT id, v FROM a WHERE v < 500;
CREATE MATERIALIZED VIEW mv AS SELECT sum(v) AS s FROM a;
CREATE FUNCTION fcount() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM a';
CREATE FUNCTION fwrite(x int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN UPDATE a SET v = v + x WHERE id = 1; RETURN x; END $$;
CREATE FUNCTION ftemp() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE IF NOT EXISTS a (id int, v int, note text); INSERT INTO a VALUES (99, 99, 'temp'); RETURN 1; END $$;
CREATE FUNCTION fset(x text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path', x, false); RETURN x; END $$;
CREATE FUNCTION fdyn(x text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE x; RETURN 1; END $$;
CREATE PROCEDURE pw(x int) LANGUAGE plpgsql AS $$ BEGIN UPDATE a SET v = v + x WHERE id = 2; COMMIT; UPDATE b SET v = v + x WHERE id = 1; IF x > 5 THEN RAISE EXCEPTION 'too large'; END IF; END $$;
CREATE PROCEDURE pr(x int) LANGUAGE plpgsql AS $$ BEGIN UPDATE a SET v = v + x WHERE id = 2; ROLLBACK; UPDATE b SET v = v + x WHERE id = 1; END $$;
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO lg VALUES (1); RETURN NEW; END $$;
CREATE TRIGGER tc AFTER INSERT OR UPDATE ON c FOR EACH ROW EXECUTE FUNCTION trg();
CREATE TABLE e (id int PRIMARY KEY, ts timestamptz, f float8, b bytea, iv interval, d date, m money, x xml);
INSERT INTO e VALUES (1, '2026-07-02 03:04:05.123+02', 1.0/3, '\\x00ff5c', '1 year 2 days 03:04:05', '2026-02-03', 5.5, '<a>b</a>');
CREATE TABLE rl (id int, who text);
INSERT INTO rl SELECT i, current_setting('x.y', true) FROM generate_series(1, 4) i;
ALTER TABLE rl ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON rl USING (id % 2 = 0);
CREATE VIEW vset AS SELECT id, current_setting('my.x', true) AS x FROM a;
CREATE VIEW vself AS SELECT set_config('search_path', 's2', false) AS x FROM a WHERE id = 1;
CREATE FUNCTION fget() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN current_setting('my.x', true); END $$;
CREATE FUNCTION fgetimm() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT current_setting(''my.x'', true)';
CREATE FUNCTION fsp() RETURNS bigint LANGUAGE sql STABLE SET search_path = s2 AS 'SELECT sum(v) FROM a';
CREATE FUNCTION fsp2() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT sum(v) FROM a); END $$;
CREATE FUNCTION fdef() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT sum(v) FROM a';
CREATE FUNCTION fwset() RETURNS int LANGUAGE plpgsql SET search_path = s2 AS $$ BEGIN UPDATE a SET v = v + 1; RETURN 1; END $$;
CREATE PROCEDURE pset() LANGUAGE plpgsql AS $$ BEGIN SET search_path = s2; UPDATE a SET v = v + 1; COMMIT; UPDATE a SET v = v + 1; END $$;
INSERT INTO a SELECT i, i * 10 FROM generate_series(1, 5) i;
INSERT INTO b SELECT i, i, i FROM generate_series(1, 5) i;
INSERT INTO d SELECT i, i FROM generate_series(1, 5) i;
INSERT INTO s2.a SELECT i, i * 1000 FROM generate_series(1, 3) i;
GRANT ALL ON ALL TABLES IN SCHEMA public TO $ROLE; GRANT USAGE, CREATE ON SCHEMA public TO $ROLE;
`
