package parity

// A vocabulary is the texts that programs are made of. $1 in them is a small number, $DB the side's
// database and $ROLE a role of it.
type vocabulary struct {
	reads, writes []string
	controls      []string // what begins, ends and sets; what only looks so; and errors
	changes       []string // of definitions
}

// vocabularies are what to take one program's from.
var vocabularies = []vocabulary{tables, settings}

// tables is about what writes, and when it is committed.
var tables = vocabulary{
	reads: []string{
		`SELECT * FROM a ORDER BY id`, `SELECT v FROM a WHERE id = 1`, `SELECT id, v, note FROM a WHERE id = $1`, `SELECT count(*) FROM b`,
		`SELECT b.id, a.v FROM b JOIN a ON a.id = b.a_id ORDER BY b.id`, `SELECT * FROM va ORDER BY id`, `SELECT * FROM mv`,
		`SELECT fcount() FROM a LIMIT 1`, `SELECT count(*), sum(v) FROM c`, `SELECT count(*) FROM lg`, `SELECT * FROM d ORDER BY id`,
		`SELECT * FROM s2.a ORDER BY id`, `SELECT 10 / (v - 20) FROM a ORDER BY id`, `SELECT sum(v) FROM public.a`, `SELECT v::text FROM b WHERE id = $1`,
		`TABLE a`, `WITH x AS (SELECT * FROM a) SELECT max(v) FROM x`, `SELECT DATE '2020-01-02'::text, v FROM a WHERE id = 2`,
		`SELECT array_agg(v ORDER BY id) FROM a`,
	},
	writes: []string{
		`UPDATE a SET v = v + 1 WHERE id = 1`, `UPDATE a SET v = v + 1`, `UPDATE a SET v = v + 1 WHERE id = $1`, `UPDATE a SET note = 'x' WHERE id = 77`,
		`UPDATE va SET v = v + 2 WHERE id = 2`, `INSERT INTO a VALUES ($1, 7) ON CONFLICT (id) DO UPDATE SET v = a.v + 3`,
		`INSERT INTO a (id, v) VALUES (6, 1) ON CONFLICT DO NOTHING`, `INSERT INTO b VALUES ($1, 1, 1) ON CONFLICT (id) DO NOTHING RETURNING id`,
		`DELETE FROM a WHERE id = $1`, `DELETE FROM a WHERE id = 5`, `INSERT INTO c (v) VALUES ($1) RETURNING v`, `INSERT INTO c (v) VALUES (2000)`,
		`INSERT INTO c (v) SELECT v FROM a RETURNING v`, `WITH x AS (UPDATE b SET v = v + 1 RETURNING v) SELECT sum(v) FROM x`, `UPDATE d SET v = v + 1`,
		`UPDATE d SET v = 3 WHERE id = 4`, `UPDATE d SET v = 100 + id`, `UPDATE s2.a SET v = v + 1`, `TRUNCATE lg`, `TRUNCATE c`, `SELECT fwrite(1)`,
		`SELECT fwrite(id) FROM b WHERE id = 1`, `SELECT fwrite(1) FROM a, (SELECT 1 / 0) x`, `CALL pw(1)`, `CALL pw(9)`, `CALL pr(1)`,
		`DO $$ BEGIN UPDATE a SET v = v + 1 WHERE id = 3; END $$`, `DO $$ BEGIN UPDATE a SET v = v + 1 WHERE id = 3; COMMIT; UPDATE b SET v = 1 / 0; END $$`,
		`SELECT fdyn('UPDATE a SET v = v + 7 WHERE id = 1')`, `REFRESH MATERIALIZED VIEW mv`,
		`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) UPDATE a SET v = v + 1 WHERE id = 1`,
		`MERGE INTO a USING (VALUES (1), (8)) s(id) ON a.id = s.id WHEN MATCHED THEN UPDATE SET v = a.v + 1 WHEN NOT MATCHED THEN INSERT VALUES (s.id, 8)`,
	},
	controls: []string{
		`BEGIN`, `BEGIN`, `BEGIN`, `START TRANSACTION`, `BEGIN ISOLATION LEVEL REPEATABLE READ`, `BEGIN ISOLATION LEVEL SERIALIZABLE`, `BEGIN READ ONLY`,
		`COMMIT`, `COMMIT`, `COMMIT`, `END`, `ROLLBACK`, `ROLLBACK`, `ABORT`, `COMMIT AND CHAIN`, `ROLLBACK AND CHAIN`, `COMMIT AND NO CHAIN`, `SAVEPOINT s`,
		`SAVEPOINT s`, `ROLLBACK TO s`, `ROLLBACK TO s`, `RELEASE s`, `PREPARE TRANSACTION 'g$DB'`, `COMMIT PREPARED 'g$DB'`, `ROLLBACK PREPARED 'g$DB'`,
		`SET search_path = s2, public`, `SET search_path = public`, `SET search_path = 's2'`, `RESET search_path`, `SET LOCAL search_path = s2`,
		`SET LOCAL search_path TO DEFAULT`, `SELECT set_config('search_path', 's2', false)`, `SELECT set_config('search_path', 's2, public', true)`,
		`SELECT set_config('search_path', 'public', false)`, `SELECT set_config(x, 'public', false) FROM (VALUES ('search_path')) v(x)`, `SELECT fset('s2')`,
		`SELECT fset('public')`, `SET DateStyle = 'German'`, `RESET DateStyle`, `RESET ALL`, `DISCARD ALL`, `DISCARD TEMP`, `DISCARD PLANS`,
		`SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ`,
		`SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED`, `SET default_transaction_isolation = 'serializable'`,
		`RESET default_transaction_isolation`, `SET default_transaction_read_only = on`, `SET default_transaction_read_only = off`, `SET ROLE $ROLE`,
		`RESET ROLE`, `SET LOCAL ROLE $ROLE`, `SET SESSION AUTHORIZATION $ROLE`, `RESET SESSION AUTHORIZATION`, `SET ROLE NONE`,
		`CREATE TEMP TABLE a (id int, v int, note text)`, `DROP TABLE IF EXISTS pg_temp.a`, `CREATE TEMP TABLE c (id int, v int) ON COMMIT DROP`,
		`SELECT * INTO TEMP b FROM public.b`, `DROP TABLE IF EXISTS pg_temp.b`, `CREATE TEMP VIEW va AS SELECT 1 AS id, 2 AS v`, `SELECT ftemp()`,
		`PREPARE p1 AS SELECT * FROM a ORDER BY id`, `EXECUTE p1`, `PREPARE p2 AS UPDATE a SET v = v + 1 WHERE id = 1`, `EXECUTE p2`, `DEALLOCATE ALL`,
		`DECLARE cu CURSOR FOR SELECT id, v FROM a ORDER BY id`, `FETCH 2 FROM cu`, `CLOSE cu`,
		`DECLARE ch CURSOR WITH HOLD FOR SELECT v FROM a ORDER BY id`, `FETCH ALL FROM ch`, `CLOSE ALL`, `SELECT 1 / 0`, `SELEC`, `SELECT * FROM nowhere`,
		`SELECT 1`, `SHOW search_path`, ``, `SELECT id FROM a WHERE id = 1 FOR UPDATE`, `LISTEN x`, `UNLISTEN *`, `SET CONSTRAINTS ALL IMMEDIATE`,
		`SET CONSTRAINTS ALL DEFERRED`, `SELECT now() IS NULL`, `SELECT current_schema()`, `SELECT current_user IS NULL FROM a LIMIT 1`,
	},
	changes: changes,
}

// settings is about what decides how a session's rows look.
var settings = vocabulary{
	reads: []string{
		`SELECT * FROM e`, `SELECT ts::text, f::text, b::text, iv::text, d::text, m::text FROM e`, `SELECT id FROM a WHERE v = NULL`,
		`SELECT 'a\nb' || id FROM a ORDER BY id`, `SELECT * FROM rl ORDER BY id`, `SELECT * FROM vset ORDER BY id`,
		`SELECT fget() FROM a LIMIT 1`, `SELECT fgetimm() FROM a LIMIT 1`, `SELECT fsp() FROM a LIMIT 1`, `SELECT fsp2() FROM a LIMIT 1`,
		`SELECT fdef() FROM a LIMIT 1`, `SELECT count(*) FROM a JOIN e USING (id)`, `SELECT xmlserialize(CONTENT x AS text) FROM e`,
		`SELECT ts FROM e WHERE ts > $1::int * interval '1 day' + '2000-01-01'::timestamptz`, `SELECT sum(v) FROM a`, `SELECT * FROM a ORDER BY id`,
		`SELECT to_char(ts, 'TMMonth HH24') FROM e`, `SELECT extract(hour FROM ts) FROM e`, `SELECT ts::date FROM e`, `SELECT date_trunc('day', ts) FROM e`,
		`SELECT '02/03/2026'::date - d FROM e`, `SELECT f::numeric FROM e`, `SELECT quote_ident('id') || id FROM a ORDER BY 1`,
		`SELECT regexp_replace(note, 'x', '\1') FROM a ORDER BY 1`, `SELECT '{NULL}'::text[] IS NULL, id FROM a ORDER BY id`,
		`SELECT to_tsvector('The cats') || to_tsvector(note) FROM a`, `SELECT query_to_xml('SELECT v FROM a', true, false, '') FROM e`,
	},
	writes: []string{
		`SELECT fwset()`, `SELECT fwset() FROM e`, `UPDATE a SET v = v + 1`, `UPDATE e SET f = f + 1`,
		`UPDATE e SET ts = ts + interval '1 hour'`, `UPDATE rl SET who = 'x'`, `INSERT INTO a VALUES ($1, 7) ON CONFLICT (id) DO UPDATE SET v = a.v + 3`,
		`COPY (SELECT 1) TO STDOUT`,
	},
	controls: []string{
		`SET SCHEMA 's2'`, `SET SCHEMA 'public'`, `CALL pset()`, `SELECT * FROM vself`, `SET TIME ZONE 'Asia/Tokyo'`, `SET TIME ZONE LOCAL`, `SET LOCAL TIME ZONE 'America/New_York'`,
		`SET TIME ZONE 5`, `SET NAMES 'LATIN1'`, `SET NAMES 'UTF8'`, `SET NAMES DEFAULT`, `SET bytea_output = 'escape'`, `RESET bytea_output`,
		`SET extra_float_digits = -5`, `SET LOCAL extra_float_digits = -8`, `RESET extra_float_digits`, `SET IntervalStyle = 'iso_8601'`,
		`RESET IntervalStyle`, `SET XML OPTION DOCUMENT`, `SET XML OPTION CONTENT`, `SET standard_conforming_strings = off`,
		`SET standard_conforming_strings = on`, `SET transform_null_equals = on`, `SET transform_null_equals = off`, `SET row_security = off`,
		`SET row_security = on`, `SET my.x = '1'`, `SET my.x = '2'`, `SET LOCAL my.x = '3'`, `RESET my.x`, `SELECT set_config('my.x', '4', false)`,
		`DO $$ BEGIN SET search_path = s2; END $$`, `DO $$ BEGIN SET LOCAL search_path = s2; END $$`,
		`DO $$ BEGIN PERFORM set_config('my.x', '5', false); END $$`, `SET "Search_Path" = s2`, `SET SESSION search_path TO s2, public`,
		`SET search_path = ''`, `RESET ALL`, `BEGIN`, `BEGIN`, `COMMIT`, `COMMIT`, `ROLLBACK`, `SAVEPOINT s`, `ROLLBACK TO s`, `SET ROLE $ROLE`,
		`RESET ROLE`, `SET LOCAL ROLE $ROLE`, `SET DateStyle = 'SQL, DMY'`, `SET DateStyle = 'ISO, MDY'`, `SET LOCAL DateStyle = 'German'`,
		`SET lc_time = 'C'`, `SET lc_monetary = 'C'`, `SET quote_all_identifiers = on`, `SET array_nulls = off`, `SET array_nulls = on`,
		`SET default_text_search_config = 'pg_catalog.simple'`, `SET default_text_search_config = 'pg_catalog.english'`, `SET xmlbinary = 'hex'`,
		`DISCARD ALL`, `CREATE OR REPLACE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`, `SET search_path = pg_temp, public`,
		`CREATE TEMP TABLE e (id int)`, `DISCARD TEMP`, `SELECT 1 / 0`, `SET search_path = s2, nowhere, public`, `SET check_function_bodies = off`,
		`SET escape_string_warning = off`, `SET application_name = 'x'`, `SET statement_timeout = 100000`, `SET session_replication_role = replica`,
		`SET session_replication_role = origin`,
	},
	changes: changes,
}

// transactions are in each program.
var transactions = []string{
	`BEGIN`, `BEGIN`, `BEGIN`, `BEGIN ISOLATION LEVEL REPEATABLE READ`, `COMMIT`, `COMMIT`, `COMMIT AND CHAIN`, `ROLLBACK`, `ROLLBACK AND CHAIN`, `SELECT 1 / 0`,
}

// changes are in each vocabulary.
var changes = []string{
	`ALTER TABLE a ADD COLUMN IF NOT EXISTS w int DEFAULT 5`, `ALTER TABLE a DROP COLUMN IF EXISTS w`,
	`CREATE OR REPLACE VIEW va AS SELECT id, v FROM a WHERE v < 500`, `CREATE OR REPLACE VIEW va AS SELECT id, v + 1 AS v FROM b`,
	`DROP TABLE IF EXISTS s2.b`, `CREATE TABLE IF NOT EXISTS s2.b AS SELECT * FROM public.b`, `CREATE TABLE IF NOT EXISTS s2.lg AS SELECT 5 AS n`,
	`DROP TABLE IF EXISTS s2.lg`, `ALTER TABLE c DISABLE TRIGGER tc`, `ALTER TABLE c ENABLE TRIGGER tc`,
	`CREATE OR REPLACE FUNCTION fcount() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM b'`,
	`CREATE OR REPLACE FUNCTION fcount() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM a'`,
	`ALTER FUNCTION fcount() SET search_path = s2, public`, `ALTER FUNCTION fcount() RESET ALL`, `REVOKE ALL ON a FROM $ROLE`, `GRANT ALL ON a TO $ROLE`,
	`ALTER TABLE b RENAME TO b9`, `ALTER TABLE IF EXISTS b9 RENAME TO b`, `ALTER TABLE a ENABLE ROW LEVEL SECURITY`,
	`ALTER TABLE a DISABLE ROW LEVEL SECURITY`, `DROP TRIGGER IF EXISTS ta ON a`,
	`CREATE TRIGGER ta AFTER UPDATE ON a FOR EACH ROW EXECUTE FUNCTION trg()`, `CREATE RULE ra AS ON UPDATE TO a DO ALSO INSERT INTO lg VALUES (2)`,
	`DROP RULE IF EXISTS ra ON a`, `ALTER SCHEMA s2 RENAME TO s3`, `ALTER SCHEMA s3 RENAME TO s2`,
}
