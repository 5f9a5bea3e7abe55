package behind

import (
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// datesSchema has the word now in every kind of place that a text can be in, and dates in every kind of place
// where nobody expects one.
const datesSchema = `
CREATE TABLE orders (id int PRIMARY KEY, created_at timestamptz, due date, state text);
CREATE TABLE said (id int PRIMARY KEY, c text, v varchar(20), b char(3), n name, data jsonb, list text[], made timestamptz, x xml);
CREATE DOMAIN word AS text; CREATE DOMAIN nested AS word; CREATE DOMAIN day AS timestamptz; CREATE DOMAIN days AS day[];
CREATE TYPE spoken AS (id int, at text); CREATE TYPE dated AS (id int, at timestamptz); CREATE TYPE outer_dated AS (d dated);
CREATE TYPE made_at AS (id int, created_at text); CREATE TYPE has_spoken AS (inner_s spoken);
CREATE TYPE mood AS ENUM ('sad', 'now'); CREATE TYPE span AS RANGE (subtype = timestamptz);
CREATE TABLE odd (id int, w nested, s spoken, e mood, m word[]);
CREATE TABLE booked (id int, during tstzrange, opens time);
CREATE VIEW said_view AS SELECT id, c AS when_said, made FROM said;
CREATE VIEW cast_view AS SELECT id, c::timestamptz FROM said;
CREATE VIEW order_days AS SELECT created_at::date AS day, count(*) AS n FROM orders GROUP BY 1;
CREATE MATERIALIZED VIEW said_rows AS SELECT id, c AS stored FROM said;
CREATE FUNCTION spoken_of(i int) RETURNS text STABLE LANGUAGE sql AS 'SELECT c FROM said WHERE id = i';
CREATE FUNCTION made_of(i int) RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT made FROM said WHERE id = i';
CREATE FUNCTION said_of() RETURNS TABLE (o text, p int) STABLE LANGUAGE sql AS 'SELECT c, id FROM said';
CREATE FUNCTION orders_of() RETURNS SETOF orders STABLE LANGUAGE sql AS 'SELECT * FROM orders';
CREATE FUNCTION days_of() RETURNS TABLE (d timestamptz, p int) STABLE LANGUAGE sql AS 'SELECT created_at, id FROM orders';
CREATE FUNCTION inner_cast(t text) RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT t::timestamptz';
CREATE FUNCTION inner_number(text) RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT $1::timestamptz';
CREATE FUNCTION body_cast() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT max(c)::timestamptz FROM said';
CREATE FUNCTION inner_date(t timestamptz) RETURNS date STABLE LANGUAGE sql AS 'SELECT t::date';
CREATE FUNCTION assigned(t text) RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE d timestamptz; BEGIN d := t; RETURN d; END';
CREATE FUNCTION declared(t text) RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE d timestamptz := t; BEGIN RETURN d; END';
CREATE FUNCTION returned(t text) RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'BEGIN RETURN t; END';
CREATE FUNCTION selected_into() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE d timestamptz; BEGIN SELECT c INTO d FROM said WHERE id = 1; RETURN d; END';
CREATE FUNCTION both_into() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE i int; d timestamptz; BEGIN SELECT id, c INTO i, d FROM said WHERE id = 1; RETURN d; END';
CREATE FUNCTION row_into() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE r dated; BEGIN SELECT id, c INTO r FROM said WHERE id = 1; RETURN r.at; END';
CREATE FUNCTION looped() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE d timestamptz; BEGIN FOR d IN SELECT c FROM said WHERE id = 1 LOOP RETURN d; END LOOP; END';
CREATE FUNCTION each_of() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE d timestamptz; BEGIN FOREACH d IN ARRAY (SELECT list FROM said WHERE id = 1) LOOP RETURN d; END LOOP; END';
CREATE FUNCTION given(t text, OUT d timestamptz) STABLE LANGUAGE plpgsql AS 'BEGIN d := t; END';
CREATE FUNCTION next_of() RETURNS SETOF timestamptz STABLE LANGUAGE plpgsql AS 'BEGIN RETURN NEXT (SELECT c FROM said WHERE id = 1); END';
CREATE FUNCTION column_typed(t text) RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE d orders.created_at%TYPE; BEGIN d := t; RETURN d; END';
CREATE FUNCTION of_json() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE d timestamptz; BEGIN d := (SELECT data->''at'' FROM said WHERE id = 1); RETURN d; END';
CREATE FUNCTION of_enum() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE d timestamptz; BEGIN SELECT e INTO d FROM odd; RETURN d; END';
CREATE FUNCTION plain_steps(i int) RETURNS date STABLE LANGUAGE plpgsql AS 'DECLARE s text; d date; o orders%ROWTYPE; w orders.state%TYPE;
	BEGIN s := ''x'' || i; SELECT state, created_at INTO w, d FROM orders WHERE id = i; SELECT * INTO o FROM orders WHERE id = i; d := o.created_at; RETURN d; END';
CREATE FUNCTION say_at(spoken) RETURNS text STABLE LANGUAGE sql AS 'SELECT $1.at';
CREATE FUNCTION hear(text, int) RETURNS text STABLE LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE any_of(text) (SFUNC = textcat, STYPE = text);
CREATE FUNCTION stepped(i int) RETURNS date STABLE LANGUAGE plpgsql AS 'DECLARE d date; BEGIN FOR n IN 1..3 LOOP d := ''2024-01-01''::date + n; d := d + i; END LOOP; RETURN d; END';
CREATE FUNCTION cast_inside(t text) RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE v text := t; BEGIN RETURN v::timestamptz; END';
CREATE OPERATOR <~> (FUNCTION = hear, LEFTARG = text, RIGHTARG = int);
CREATE OPERATOR <+> (FUNCTION = textcat, LEFTARG = text, RIGHTARG = text);
CREATE TABLE places (id int, at timestamptz, s spoken); CREATE TABLE ids (id int, s int, at timestamptz); CREATE TABLE spots (spot int, at timestamptz, a text, column1 timestamptz);
CREATE FUNCTION spots() RETURNS TABLE (at text, k int) STABLE LANGUAGE sql AS 'SELECT c, id FROM said';
CREATE FUNCTION spoken_one() RETURNS spoken STABLE LANGUAGE sql AS 'SELECT id, c FROM said';
CREATE FUNCTION spoken_rows() RETURNS SETOF spoken STABLE LANGUAGE sql AS 'SELECT id, c FROM said';
CREATE FUNCTION any_row(a anyelement) RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT u.at::timestamptz FROM unnest(ARRAY[a]) AS u';
CREATE TABLE shift (x int, a text, b timestamptz); CREATE DOMAIN short AS varchar(3);
CREATE FUNCTION shifted() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE r shift; BEGIN SELECT s.x, s.* INTO r FROM shift s; RETURN r.b; END';
CREATE FUNCTION shifted_within() RETURNS timestamptz STABLE LANGUAGE plpgsql AS 'DECLARE r shift; BEGIN SELECT * INTO r FROM (SELECT x, * FROM shift) s; RETURN r.b; END';
CREATE FUNCTION second(OUT o timestamptz, a text, b timestamptz) STABLE LANGUAGE plpgsql AS 'BEGIN o := $2::timestamptz; END';
CREATE FUNCTION later_of(timestamptz, timestamptz) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS 'SELECT greatest($1, $2)';
CREATE AGGREGATE latest(timestamptz) (SFUNC = later_of, STYPE = timestamptz, INITCOND = 'now');
INSERT INTO places VALUES (1, '2024-01-01', ROW(1, 'now')); INSERT INTO ids VALUES (1, 1, '2024-01-01');
INSERT INTO spots VALUES (1, '2024-01-01', 'now', '2024-01-01'); INSERT INTO shift VALUES (1, 'now', '2024-01-01');
INSERT INTO orders SELECT i, '2024-01-01'::timestamptz + i * interval '1 day', '2024-01-01', 'paid' FROM generate_series(1, 3) i;
INSERT INTO said VALUES (1, 'now', 'now', 'now', 'now', '{"at": "now"}', '{now}', '2024-01-01', '<a b="now"/>');
INSERT INTO odd VALUES (1, 'now', ROW(1, 'now'), 'now', '{now}');
INSERT INTO booked VALUES (1, '[2024-01-01,2024-01-02)', '08:00');
REFRESH MATERIALIZED VIEW said_rows`

// moving are reads whose rows move with the clock, although nothing is written: somewhere a text that says
// now is read as a date.
var moving = []string{
	// A column of each type that a text has.
	`SELECT c::timestamptz FROM said`,
	`SELECT CAST(v AS timestamptz) FROM said`,
	`SELECT b::timestamptz, n::timestamptz FROM said`,
	`SELECT timestamptz(c) FROM said`,
	`SELECT (c).timestamptz FROM said`,
	`SELECT c::timestamp, c::time FROM said`,
	`SELECT s.c::timestamptz FROM said AS s JOIN orders o USING (id)`,
	`SELECT c::timestamptz FROM orders JOIN said USING (id)`,
	`SELECT w::timestamptz FROM odd`,
	`SELECT (s).at::timestamptz FROM odd`,
	`SELECT (odd.s).at::timestamptz FROM odd`,
	`SELECT say_at(s)::timestamptz, (s).say_at::timestamptz FROM odd`,
	`SELECT e::text::timestamptz FROM odd`,
	`SELECT list[1]::timestamptz FROM said`,
	`SELECT list::timestamptz[], m::timestamptz[], list::_timestamptz FROM said, odd`,
	`SELECT count(*), max(c::timestamptz) FROM said GROUP BY c::timestamptz`,

	// A type of the program's own with a date in it.
	`SELECT c::day FROM said`,
	`SELECT day(c) FROM said`,
	`SELECT (c).day FROM said`,
	`SELECT list::day[], list::days, list::_day FROM said`,
	`SELECT ROW(id, c)::dated FROM said`,
	`SELECT ROW(ROW(id, c))::outer_dated FROM said`,
	`SELECT ('(1,' || c || ')')::dated FROM said`,
	`SELECT ROW(s.*)::dated FROM (SELECT id, c FROM said) s`,
	`SELECT ('[' || c || ',)')::span FROM said`,

	// By another name.
	`SELECT s.d::timestamptz FROM (SELECT c AS d FROM said) s`,
	`SELECT d::timestamptz FROM (SELECT c FROM said) s (d)`,
	`SELECT d::timestamptz FROM (SELECT * FROM said) s (i, d)`,
	`SELECT d::timestamptz FROM said AS s (i, d)`,
	`SELECT created_at::timestamptz FROM (SELECT c AS created_at FROM said) s`,
	`SELECT s.made::timestamptz FROM (SELECT id, c AS made FROM said) s`,
	`SELECT s.c::timestamptz FROM (SELECT c::text FROM said) s`,
	`SELECT s.lower::timestamptz FROM (SELECT lower(c) FROM said) s`,
	`SELECT s.coalesce::timestamptz, s.case::timestamptz, s."?column?"::timestamptz FROM (SELECT coalesce(c, 'x'), CASE WHEN id = 1 THEN c ELSE 'x' END, c || '' FROM said) s`,
	`WITH s AS (SELECT c AS d FROM said) SELECT d::timestamptz FROM s`,
	`WITH s (d, i) AS (SELECT c, id FROM said), u AS (SELECT d AS due FROM s) SELECT due::timestamptz FROM u`,
	`WITH RECURSIVE s (d, n) AS (SELECT c, 1 FROM said UNION ALL SELECT d, n + 1 FROM s WHERE n < 2) SELECT d::timestamptz FROM s`,
	`SELECT s.d::timestamptz FROM (SELECT NULL AS d UNION ALL SELECT c FROM said) s`,
	`SELECT s.d::timestamptz FROM (SELECT NULL AS d, 1 UNION ALL SELECT t.* FROM (SELECT c, id FROM said) t) s`,
	`SELECT s.c::timestamptz FROM (SELECT * FROM (SELECT c, id FROM said) t UNION SELECT '2024-01-01', 1) s`,
	`SELECT s.at::timestamptz FROM (SELECT (s).* FROM odd) s`,
	`SELECT v.d::timestamptz FROM said, LATERAL (VALUES (c)) AS v (d)`,
	`SELECT v.column1::timestamptz FROM said, LATERAL (VALUES (c)) AS v`,
	`SELECT j.d::timestamptz FROM (said AS s JOIN odd USING (id)) AS j (i, d)`,
	`SELECT when_said::timestamptz FROM said_view`,
	`SELECT stored::timestamptz FROM said_rows`,
	`SELECT * FROM cast_view`,

	// By a name that something else in the text has, too.
	`SELECT spots.at::timestamptz FROM spots() WHERE EXISTS (SELECT FROM spots)`,
	`SELECT (s).at::timestamptz FROM places s`,
	`SELECT (s).at::timestamptz FROM odd WHERE EXISTS (SELECT s.at FROM spots s)`,
	`SELECT s::dated FROM (SELECT id, c FROM said) s WHERE EXISTS (SELECT s FROM ids)`,
	`SELECT f.say_at::timestamptz FROM spoken_rows() AS f`,
	`SELECT (ARRAY[s])[1].c::timestamptz FROM said_of(), said s`,
	`SELECT f.say_at::timestamptz FROM spoken_rows() AS f, (SELECT 1 AS say_at FROM booked) x`,
	`SELECT u.at::timestamptz FROM booked, unnest(ARRAY[spoken_one()]) AS u`,
	`SELECT u.at::timestamptz FROM (SELECT lower(c) AS q FROM said) z, (SELECT s AS q FROM odd) y, unnest(ARRAY[y.q]) AS u, ids`,
	`SELECT s.column1::timestamptz FROM (SELECT (VALUES (c)) FROM said) s, spots`,

	// Cut to the word.
	`SELECT 'nowhere'::varchar(3)::timestamptz FROM booked`,
	`SELECT 'nowhere'::char(3)::timestamptz, CAST(varchar(3) 'nowhere' AS timestamptz) FROM booked`,
	`SELECT 'nowhere'::short::timestamptz FROM booked`,
	`SELECT '                                                            nowhere'::name::timestamptz FROM booked`,
	`SELECT ('{nowhere}'::varchar(3)[])[1]::timestamptz FROM booked`,
	`SELECT d::timestamptz FROM (SELECT 'nowhere'::varchar(3) AS d FROM booked) x`,

	// What passes a text on.
	`SELECT (SELECT c FROM said WHERE id = 1)::timestamptz FROM orders`,
	`SELECT ARRAY(SELECT c FROM said)::timestamptz[] FROM orders`,
	`SELECT ARRAY[c]::timestamptz[] FROM said`,
	`SELECT array_agg(c)::timestamptz[], max(c)::timestamptz, min(v)::timestamptz FROM said`,
	`SELECT first_value(c) OVER (ORDER BY id)::timestamptz FROM said`,
	`SELECT coalesce(NULL, c)::timestamptz, greatest(c, '')::timestamptz, nullif(c, '')::timestamptz FROM said`,
	`SELECT CASE WHEN id = 1 THEN c END::timestamptz FROM said`,
	`SELECT u::timestamptz FROM said, unnest(list) AS u`,
	`SELECT u.key::timestamptz FROM said, jsonb_each(jsonb_build_object(c, 1)) AS u`,
	`SELECT u.value::timestamptz FROM said, jsonb_each_text(data) AS u`,
	`SELECT u.b::timestamptz FROM said, jsonb_each_text(data) AS u (a, b)`,
	`SELECT spoken_of(id)::timestamptz FROM orders WHERE id = 1`,
	`SELECT o::timestamptz FROM said_of()`,
	`SELECT f.z::timestamptz FROM said_of() AS f (z)`,
	`SELECT (c <~> 1)::timestamptz, (c <+> '')::timestamptz FROM said`,
	`SELECT (data->>'at')::timestamptz FROM said`,
	`SELECT r.at::timestamptz FROM said, jsonb_to_record(data) AS r (at text)`,
	`SELECT r.at::timestamptz FROM said, XMLTABLE('/a' PASSING x COLUMNS at text PATH '@b') AS r`,
	`SELECT z.d::timestamptz FROM said, ROWS FROM (generate_series(1, 1), unnest(list)) WITH ORDINALITY AS z (i, d)`,
	`SELECT (SELECT d FROM (SELECT c) AS x (d))::timestamptz FROM said`,
	`SELECT c::timestamptz FROM (TABLE said) s`,
	`SELECT c::timestamptz FROM said_view AS v (id, c)`,
	`SELECT s::dated FROM (SELECT id, c FROM said) s WHERE NOT EXISTS (SELECT FROM (SELECT 1 AS s) o WHERE o.s = 2)`,
	`SELECT mode() WITHIN GROUP (ORDER BY c)::timestamptz, any_of(c)::timestamptz FROM said`,
	`SELECT (s.c::timestamptz + interval '1 day')::date, s.c::timestamptz FROM said s`,

	`SELECT u.at::timestamptz FROM odd, unnest(ARRAY[s]) AS u`,
	`SELECT u.created_at::timestamptz FROM orders o, unnest(ARRAY[ROW(1, 'no' || 'w' || left(state, 0))::made_at]) AS u`,
	`SELECT y.at::timestamptz FROM odd, unnest(ARRAY[ROW(s)::has_spoken]) AS x, unnest(ARRAY[x.inner_s]) AS y`,

	// Without a cast in the text.
	`SELECT r.at FROM said, jsonb_to_record(data) AS r (at timestamptz)`,
	`SELECT r.at FROM said, jsonb_to_record(data) AS r (at day)`,
	`SELECT (jsonb_populate_record(NULL::dated, data)).at FROM said`,
	`SELECT r.at FROM said, jsonb_populate_record(NULL::dated, data) AS r`,
	`SELECT (jsonb_populate_record(r, data)).at FROM said, (SELECT ROW(1, NULL)::dated AS r) s`,
	`SELECT t.at FROM said, XMLTABLE('/a' PASSING x COLUMNS at day PATH '@b') AS t`,

	// In the body of a function.
	`SELECT inner_cast(c) FROM said`,
	`SELECT inner_number(c) FROM said`,
	`SELECT body_cast() FROM orders`,
	`SELECT assigned(c) FROM said`,
	`SELECT declared(c) FROM said`,
	`SELECT returned(c) FROM said`,
	`SELECT selected_into() FROM said`,
	`SELECT both_into() FROM said`,
	`SELECT row_into() FROM said`,
	`SELECT looped() FROM said`,
	`SELECT each_of() FROM said`,
	`SELECT given(c) FROM said`,
	`SELECT cast_inside(c) FROM said`,
	`SELECT next_of() FROM said`,
	`SELECT column_typed(c) FROM said`,
	`SELECT of_json() FROM said`,
	`SELECT of_enum() FROM said`,
	`SELECT any_row(s) FROM odd`,
	`SELECT shifted() FROM booked`,
	`SELECT second(c, made) FROM said`,
	`SELECT latest(created_at) FROM orders`,
	`SELECT shifted_within() FROM booked`,
}

// someday are reads whose rows will move, although not now.
var someday = []string{
	`SELECT id FROM said WHERE extract(epoch FROM c::timestamptz) > 0`,
	`SELECT id FROM orders WHERE created_at > (SELECT c FROM said WHERE id = 1)::date`,
	`SELECT o.id FROM orders o JOIN said s ON o.due < s.c::date`,
	`SELECT id FROM said ORDER BY c::date`,
	`SELECT c::information_schema.time_stamp FROM said`,
	`SELECT count(*) FILTER (WHERE c::date > made) FROM said GROUP BY date(v) HAVING max(b::date) > '2024-01-01'`,
}

// standing are reads that make dates of what is none of a text, in the forms that programs use.
var standing = []string{
	`SELECT created_at::date FROM orders`,
	`SELECT date(created_at), created_at::timestamptz::date, due::timestamptz FROM orders`,
	`SELECT o.created_at::date, s.c FROM orders o JOIN said s ON s.id = o.id`,
	`SELECT created_at::date, state, lower(state) AS created FROM orders WHERE due = '2024-01-01'::date`,
	`SELECT date_trunc('day', created_at)::date AS day, count(*) FROM orders GROUP BY 1 ORDER BY day`,
	`SELECT id FROM orders WHERE created_at::date BETWEEN '2024-01-01' AND '2024-02-01'`,
	`SELECT to_char(created_at, 'YYYY') AS created_at, created_at::date FROM orders`,
	`SELECT s.day::date FROM (SELECT date_trunc('day', created_at) AS day FROM orders) s`,
	`WITH days AS (SELECT created_at::date AS day, state FROM orders) SELECT day::timestamptz, state FROM days`,
	`WITH days (day, label) AS (SELECT created_at, state FROM orders) SELECT day::date FROM days`,
	`WITH bounds AS (SELECT min(created_at) AS a, max(created_at) AS b FROM orders) SELECT d::date FROM bounds, generate_series(a, b, interval '1 day') AS d`,
	`SELECT g.day::date, count(o.id) FROM generate_series('2024-01-01'::timestamptz, '2024-01-05', '1 day') AS g (day) LEFT JOIN orders o ON o.created_at::date = g.day::date GROUP BY 1`,
	`SELECT u.created_at::date FROM (SELECT * FROM orders UNION ALL SELECT * FROM orders) u`,
	`SELECT coalesce(due, created_at::date)::timestamptz, (created_at + interval '1 day')::date, (created_at AT TIME ZONE 'UTC')::date FROM orders`,
	`SELECT max(created_at)::date, array_agg(created_at)::date[], (SELECT max(due) FROM orders)::timestamptz FROM orders`,
	`SELECT lag(created_at) OVER (ORDER BY id)::date, first_value(due) OVER (ORDER BY id)::timestamptz FROM orders`,
	`SELECT CASE WHEN id > 1 THEN created_at END::date FROM orders`,
	`SELECT to_timestamp(id)::date, make_date(2024, 1, id)::timestamptz, to_date(state || '2024', '"paid"YYYY')::timestamptz FROM orders`,
	`SELECT to_timestamp('2024-01-01' || left(c, 0), 'YYYY-MM-DD')::date, to_date(state || '2024', '"paid"YYYY') FROM said JOIN orders USING (id)`,
	`SELECT created_at::date, tag FROM orders, unnest(ARRAY[state, 'x']) AS tag`,
	`SELECT made_of(id)::date FROM orders`,
	`SELECT inner_date(created_at), plain_steps(id), stepped(id) FROM orders`,
	`SELECT d::date FROM days_of()`,
	`SELECT o.created_at::date FROM orders_of() AS o`,
	`SELECT made::date FROM said_view`,
	`SELECT day::timestamptz, n FROM order_days`,
	`SELECT created_at::day, ROW(id, created_at)::dated FROM orders`,
	`SELECT opens::interval, c::word, data::text, list::text[] FROM booked, said`,
	`SELECT created_at AT TIME ZONE 'Europe/Vienna', (due::timestamp AT TIME ZONE 'UTC')::date, date_trunc('day', created_at, 'Asia/Tokyo'), d AT TIME ZONE 'UTC' FROM orders, days_of() AS f (d, p)`,
	`SELECT opens, id FROM booked WHERE opens > '07:00'`,
	`SELECT during * tstzrange('2024-01-01', NULL) FROM booked`,
	`SELECT r.id FROM said, jsonb_populate_record(NULL::spoken, data) AS r`,
	`SELECT d::date FROM unnest(ARRAY['2024-01-01', '2024-01-02']::date[]) AS d, orders`,
	`SELECT v.d::date FROM (VALUES ('2024-01-01'), ('2024-01-02')) AS v (d), orders`,
}

// What is a text is never read as a date and kept, wherever that hides; what is none is kept. The server
// says which is which: the clock moves between two reads of it.
func TestDatesOfTexts(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
		execAll(t, c.bare, datesSchema)
		for _, read := range standing {
			t.Run(read, func(t *testing.T) { c.keeps(t, c, read) })
		}
		for _, read := range moving {
			before := rows(t, c.bare, read)
			if rows(t, c.bare, read) == before {
				t.Errorf("%s: the server gives the same rows again; want a read that moves", read)
			}
		}
		for _, read := range append(someday, moving...) {
			c.bypasses(t, c, read)
			e := c.cache.Explain(t.Context(), read)
			if e.Reason.Code != sqlparse.TextAsDate || !strings.Contains(e.Remedy, "to_timestamp") {
				t.Errorf("%s: got %+v; want that a text is read as a date, and what helps", read, e)
			}
		}
	})
}

// An argument is looked at where it is passed, also one that says now in the notation of an array or a row.
func TestDatesOfArguments(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
		execAll(t, c.bare, `CREATE TYPE dated AS (id int, at timestamptz); CREATE TABLE t (a int); INSERT INTO t VALUES (1)`)
		for _, test := range []struct{ read, kept, moving string }{
			{`SELECT $1::text::timestamptz FROM t`, "2024-01-01", "now"},
			{`SELECT $1::text::timestamptz FROM t`, "2024-01-01 12:00", "12:00 tomorrow"},
			{`SELECT $1::text::timestamptz[] FROM t`, `{2024-01-01}`, `{"n\ow"}`},
			{`SELECT ($1::text::dated).at FROM t`, `(1,2024-01-01)`, `(1,n"o"w)`},
			{`SELECT $1::text::tstzrange FROM t`, `[2024-01-01,)`, `[n\ow,)`},
		} {
			c.keeps(t, c, test.read, test.kept)
			c.bypasses(t, c, test.read, test.moving)
			before := rows(t, c.bare, test.read, test.moving)
			if rows(t, c.bare, test.read, test.moving) == before && !strings.Contains(test.moving, "tomorrow") {
				t.Errorf("%s of %s: the server gives the same rows again", test.read, test.moving)
			}
		}
	})
}

// A time without a date has the summer time of today. The server says so nowhere but in its zones, and its clock cannot be
// set; what it makes of a time is marked as not immutable.
func TestTimesOfToday(t *testing.T) {
	eachWrapper(t, func(t *testing.T, open func(testing.TB, string, *cache.Cache) door) {
		t.Parallel()
		c := newClient(t, open, testservers.Postgres(t).URL(), newCache(t, newStore(t), &cache.Options{
			Declarations: catalog.Declarations{Vouched: []string{"vouched"}},
		}))
		execAll(t, c.bare, `CREATE TABLE shops (id int, opens time); CREATE TABLE zoned (id int, opens timetz); CREATE TABLE vouched (LIKE zoned);
			CREATE TYPE hours AS (a timetz, b timetz); CREATE TABLE hourly (id int, h hours[]); CREATE VIEW shut AS SELECT id FROM shops WHERE opens IS NULL;
			CREATE VIEW moved AS SELECT id, opens AT TIME ZONE 'America/New_York' AS opens FROM shops;
			CREATE FUNCTION opening(i int) RETURNS time STABLE LANGUAGE sql AS 'SELECT opens FROM shops WHERE id = i';
			INSERT INTO shops VALUES (1, '08:00'); INSERT INTO zoned VALUES (1, '08:00+00')`)
		for _, read := range []string{
			`SELECT id, opens, opens + interval '1 hour' FROM shops`, `SELECT id FROM shut`, `SELECT opens FROM vouched`,
			`SELECT ('2024-01-01'::date + opens) AT TIME ZONE 'America/New_York' FROM shops`,
		} {
			c.keeps(t, c, read)
		}
		for _, read := range []string{
			`SELECT opens AT TIME ZONE 'America/New_York' FROM shops`, `SELECT timezone('America/New_York', s.opens) FROM shops s`,
			`SELECT o AT TIME ZONE 'UTC' FROM (SELECT opens AS o FROM shops) s`, `SELECT opening(id) AT TIME ZONE 'UTC' FROM shops`,
			`SELECT make_time(id, 0, 0) AT TIME ZONE 'UTC', '08:00'::time AT TIME ZONE 'UTC' FROM shops`, `SELECT opens::timetz FROM shops`,
			`SELECT id FROM moved`, `SELECT id FROM zoned`, `SELECT id FROM hourly`, `SELECT id FROM shops NATURAL JOIN zoned`,
			`SELECT opens AT TIME ZONE 'UTC' FROM vouched`,
		} {
			c.bypasses(t, c, read)
			if e := c.cache.Explain(t.Context(), read); e.Cached || e.Remedy == "" {
				t.Errorf("%s: got %+v; want a reason and what helps", read, e)
			}
		}
	})
}
