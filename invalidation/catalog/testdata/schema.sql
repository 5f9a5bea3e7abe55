-- Tables, keys and their actions.
CREATE TABLE users (id int PRIMARY KEY, name text, email text UNIQUE, active bool DEFAULT true, manager int REFERENCES users ON DELETE SET NULL, visits int DEFAULT 0);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE, total numeric DEFAULT 0, status text DEFAULT 'new');
CREATE TABLE order_items (order_id int REFERENCES orders ON DELETE CASCADE, sku text, qty int, PRIMARY KEY (order_id, sku));
CREATE TABLE notes (id serial PRIMARY KEY, order_id int, sku text, body text,
	FOREIGN KEY (order_id, sku) REFERENCES order_items ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE kinds (id int PRIMARY KEY, label text);
CREATE TABLE things (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind int DEFAULT 0 REFERENCES kinds ON DELETE SET DEFAULT ON UPDATE RESTRICT, name text);
CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree ON DELETE CASCADE);
CREATE TABLE strict_child (id int PRIMARY KEY, kind int REFERENCES kinds ON UPDATE SET NULL);
CREATE UNLOGGED TABLE scratch (id int, note text);
CREATE TABLE "Odd Name" (id int, "Some Col" text);
CREATE TABLE plain (id int PRIMARY KEY, a text, b int);
CREATE TABLE other (id int PRIMARY KEY, a text);
CREATE TABLE audit (at timestamptz DEFAULT now(), what text);
CREATE TABLE counters (name text PRIMARY KEY, n int DEFAULT 0);
CREATE TABLE log (line text);
CREATE TABLE settings (key text PRIMARY KEY, value text);
CREATE SEQUENCE tickets;
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id int PRIMARY KEY, total numeric);
CREATE TABLE sales.leads (id int PRIMARY KEY, name text);

-- Families.
CREATE TABLE animals (name text, legs int);
CREATE TABLE dogs (breed text) INHERITS (animals);
CREATE TABLE puppies (age int) INHERITS (dogs);
CREATE TABLE events (id int, at date, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY RANGE (id);
CREATE TABLE events_2025_a PARTITION OF events_2025 FOR VALUES FROM (1) TO (3);
CREATE TABLE events_2025_b PARTITION OF events_2025 DEFAULT;
CREATE TABLE event_notes (event int, at date, note text, FOREIGN KEY (event, at) REFERENCES events ON DELETE CASCADE ON UPDATE CASCADE);

-- Functions.
CREATE FUNCTION add_one(i int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT i + 1';
CREATE FUNCTION user_count() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM users';
CREATE FUNCTION user_name(i int) RETURNS text STABLE LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN SELECT name INTO r FROM users WHERE id = i; RETURN r; END $$;
CREATE FUNCTION both_counts() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT user_count() + (SELECT count(*) FROM plain)';
CREATE FUNCTION atomic_count() RETURNS bigint STABLE BEGIN ATOMIC SELECT count(*) FROM other; END; -- server: 14
CREATE FUNCTION atomic_return(i int) RETURNS int IMMUTABLE RETURN i * 2; -- server: 14
CREATE FUNCTION hidden_now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT now()';
CREATE FUNCTION hidden_random() RETURNS float8 LANGUAGE plpgsql AS 'BEGIN RETURN random(); END';
CREATE FUNCTION hidden_setting() RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN current_setting('application_name'); END $$;
CREATE FUNCTION hidden_nextval() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('tickets') $$;
CREATE FUNCTION hidden_today(d date) RETURNS bool STABLE LANGUAGE sql AS $$ SELECT d < 'today'::date $$;
CREATE FUNCTION dynamic(t text) RETURNS int LANGUAGE plpgsql AS $$ DECLARE n int; BEGIN EXECUTE 'SELECT count(*) FROM ' || quote_ident(t) INTO n; RETURN n; END $$;
CREATE FUNCTION bump(k text) RETURNS int LANGUAGE sql AS 'UPDATE counters SET n = n + 1 WHERE name = k RETURNING n';
CREATE FUNCTION bump_twice(k text) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM bump(k); RETURN bump(k); END';
CREATE FUNCTION say(t text) RETURNS void LANGUAGE sql AS 'INSERT INTO log VALUES (t)';
CREATE FUNCTION sales_orders() RETURNS bigint STABLE LANGUAGE sql SET search_path = sales AS 'SELECT count(*) FROM orders';
CREATE FUNCTION defaulted(i int DEFAULT add_one(1), t text DEFAULT user_name(1)) RETURNS int STABLE LANGUAGE sql AS 'SELECT i';
CREATE FUNCTION over(i int) RETURNS int STABLE LANGUAGE sql AS 'SELECT count(*)::int FROM plain';
CREATE FUNCTION over(t text) RETURNS int STABLE LANGUAGE sql AS 'SELECT count(*)::int FROM other';
CREATE FUNCTION over(i int, j int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT i + j';
CREATE FUNCTION many(VARIADIC a int[]) RETURNS int STABLE LANGUAGE sql AS 'SELECT count(*)::int FROM scratch';
CREATE FUNCTION shout(u users) RETURNS text STABLE LANGUAGE sql AS 'SELECT u.name || (SELECT count(*) FROM settings)';
CREATE FUNCTION rows_of() RETURNS SETOF plain STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM plain; END';
CREATE PROCEDURE clean(k text) LANGUAGE plpgsql AS 'BEGIN DELETE FROM counters WHERE name = k; INSERT INTO log VALUES (k); END';
CREATE PROCEDURE clean_all() LANGUAGE sql AS 'DELETE FROM scratch';
CREATE PROCEDURE commits() LANGUAGE plpgsql AS 'BEGIN DELETE FROM scratch; COMMIT; END';

-- Triggers.
CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit (what) VALUES (TG_OP || TG_TABLE_NAME); RETURN coalesce(NEW, OLD); END $$;
CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM bump(TG_TABLE_NAME); RETURN NULL; END $$;
CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log SELECT 'x' FROM changed; RETURN NULL; END $$;
CREATE FUNCTION stamped() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := upper(NEW.a); RETURN NEW; END $$;
CREATE TABLE watched (id int PRIMARY KEY, a text, b int);
CREATE TRIGGER row_audit AFTER INSERT OR DELETE ON watched FOR EACH ROW EXECUTE FUNCTION audited();
CREATE TRIGGER col_audit AFTER UPDATE OF b ON watched FOR EACH ROW WHEN (OLD.b IS DISTINCT FROM NEW.b) EXECUTE FUNCTION counted();
CREATE TRIGGER truncated AFTER TRUNCATE ON watched EXECUTE FUNCTION counted();
CREATE TABLE referencing_t (id int);
CREATE TRIGGER refs AFTER INSERT ON referencing_t REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION logged();
CREATE TABLE late (id int);
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audited();
CREATE TABLE stamps (id int PRIMARY KEY, a text);
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON stamps FOR EACH ROW EXECUTE FUNCTION stamped();
CREATE TABLE stamp_notes (id int REFERENCES stamps ON UPDATE CASCADE);
CREATE TABLE quiet (id int);
CREATE TRIGGER quiet_audit AFTER INSERT ON quiet FOR EACH ROW EXECUTE FUNCTION audited();
ALTER TABLE quiet DISABLE TRIGGER quiet_audit;
CREATE TABLE measures (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE measures_2 PARTITION OF measures FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TRIGGER part_audit AFTER INSERT ON measures_1 FOR EACH ROW EXECUTE FUNCTION audited();
CREATE TRIGGER part_gone AFTER DELETE ON measures_2 FOR EACH ROW EXECUTE FUNCTION counted();
CREATE TRIGGER all_parts AFTER UPDATE ON measures FOR EACH ROW EXECUTE FUNCTION audited();

-- Views.
CREATE VIEW active_users AS SELECT id, name, email, active FROM users WHERE active;
CREATE VIEW named_users AS SELECT id, name FROM active_users WHERE name IS NOT NULL;
CREATE VIEW secure_users WITH (security_barrier) AS SELECT id, name FROM users WHERE id < 100;
CREATE VIEW user_totals AS SELECT u.id, sum(o.total) AS total FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id;
CREATE VIEW filtered AS SELECT id, a FROM plain WHERE id IN (SELECT id FROM other);
CREATE RECURSIVE VIEW branches (id, depth) AS SELECT id, 0 FROM tree WHERE parent IS NULL UNION ALL SELECT t.id, depth + 1 FROM tree t JOIN branches b ON t.parent = b.id;
CREATE VIEW recent AS SELECT id FROM events WHERE at > CURRENT_DATE;
CREATE VIEW lottery AS SELECT id, random() AS r FROM plain;
CREATE VIEW calls_function AS SELECT id, user_name(id) FROM plain;
CREATE VIEW calls_now AS SELECT id, hidden_now() FROM plain;
CREATE VIEW uses_setting AS SELECT value FROM settings WHERE key = current_setting('application_name');
CREATE VIEW tenant_orders AS SELECT * FROM sales.orders;
CREATE VIEW catalogs AS SELECT relname FROM pg_class;
CREATE VIEW over_dogs AS SELECT name FROM dogs;
CREATE VIEW writable AS SELECT id, a FROM watched;
CREATE VIEW joined AS SELECT p.id, p.a, o.a AS oa FROM plain p JOIN other o USING (id);
CREATE FUNCTION write_joined() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE plain SET a = NEW.a WHERE id = NEW.id; RETURN NEW; END $$;
CREATE TRIGGER joined_up INSTEAD OF UPDATE ON joined FOR EACH ROW EXECUTE FUNCTION write_joined();
CREATE VIEW half_writable AS SELECT id, a, b FROM watched;
CREATE TRIGGER half_up INSTEAD OF UPDATE ON half_writable FOR EACH ROW EXECUTE FUNCTION write_joined();
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n, now() AS at FROM orders;
CREATE VIEW over_totals AS SELECT n FROM totals;

-- Rules.
CREATE TABLE ruled (id int, a text);
CREATE RULE also_log AS ON INSERT TO ruled DO ALSO INSERT INTO log VALUES (NEW.a);
CREATE RULE no_delete AS ON DELETE TO ruled DO INSTEAD INSERT INTO audit (what) VALUES (OLD.a);
CREATE RULE some_update AS ON UPDATE TO ruled WHERE NEW.id > 100 DO INSTEAD UPDATE counters SET n = n + 1;
CREATE VIEW rule_view AS SELECT id, a FROM plain;
CREATE RULE rv_insert AS ON INSERT TO rule_view DO INSTEAD (INSERT INTO plain (id, a) VALUES (NEW.id, NEW.a); INSERT INTO log VALUES ('rv'));

CREATE VIEW upserts AS SELECT id, a FROM plain;
CREATE RULE no_update AS ON UPDATE TO upserts DO INSTEAD INSERT INTO log VALUES ('u');

-- What calls functions unasked.
CREATE TABLE defaults (id int, at timestamptz DEFAULT hidden_now(), n bigint DEFAULT bump('defaults'), t bigint DEFAULT nextval('tickets'));
CREATE FUNCTION noted(t text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (t); RETURN true; END $$;
CREATE TABLE checked (id int, a text, CHECK (noted(a)));
CREATE FUNCTION twice(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN i * 2; END';
CREATE TABLE generated_t (id int, d int GENERATED ALWAYS AS (twice(id)) STORED);
CREATE INDEX generated_twice ON generated_t (twice(d));
CREATE DOMAIN known AS text CHECK (noted(VALUE));
CREATE TABLE domained (id int, k known);
CREATE FUNCTION like_user(a text, b int) RETURNS bool STABLE LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM users WHERE id = b AND name = a)';
CREATE OPERATOR ~~> (LEFTARG = text, RIGHTARG = int, FUNCTION = like_user);
CREATE FUNCTION is_late(a date, b int) RETURNS bool STABLE LANGUAGE sql AS 'SELECT a < now()::date - b';
CREATE OPERATOR <<< (LEFTARG = date, RIGHTARG = int, FUNCTION = is_late);
CREATE TYPE wrapped AS (n int, t text);
CREATE FUNCTION unwrap(w wrapped) RETURNS int STABLE LANGUAGE sql AS 'SELECT (w).n + (SELECT count(*)::int FROM settings)';
CREATE CAST (wrapped AS int) WITH FUNCTION unwrap(wrapped);
CREATE FUNCTION add_users(s bigint, i int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT s + i + (SELECT count(*) FROM users)';
CREATE AGGREGATE weird_sum(int) (SFUNC = add_users, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric);

-- Row security.
CREATE TABLE secrets (id int, owner text);
CREATE TABLE grants (name text);
CREATE POLICY own ON secrets USING (owner IN (SELECT name FROM grants));
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;

INSERT INTO users SELECT i, 'u' || i, 'e' || i, true, nullif(i - 1, 0), 0 FROM generate_series(1, 5) i;
INSERT INTO orders SELECT i, i, i * 10, 'new' FROM generate_series(1, 5) i;
INSERT INTO order_items SELECT i, 's' || i, 1 FROM generate_series(1, 5) i;
INSERT INTO notes (order_id, sku, body) SELECT i, 's' || i, 'n' FROM generate_series(1, 5) i;
INSERT INTO kinds SELECT i, 'k' || i FROM generate_series(0, 3) i;
INSERT INTO things (kind, name) SELECT i, 't' FROM generate_series(1, 3) i;
INSERT INTO strict_child VALUES (1, 1), (3, 3);
INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO scratch VALUES (1, 'x');
INSERT INTO "Odd Name" VALUES (1, 'x');
INSERT INTO plain SELECT i, 'a' || i, i FROM generate_series(1, 5) i;
INSERT INTO other SELECT i, 'o' || i FROM generate_series(1, 3) i;
INSERT INTO counters VALUES ('watched'), ('defaults'), ('measures_2');
INSERT INTO settings VALUES ('k', 'v');
INSERT INTO sales.orders SELECT i, i FROM generate_series(1, 3) i;
INSERT INTO sales.leads VALUES (1, 'l');
INSERT INTO animals VALUES ('cat', 4);
INSERT INTO dogs VALUES ('rex', 4, 'lab');
INSERT INTO puppies VALUES ('pip', 4, 'lab', 1);
INSERT INTO events VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'a'), (3, '2025-06-06', 'z');
INSERT INTO event_notes VALUES (1, '2024-05-05', 'n'), (2, '2025-05-05', 'n');
INSERT INTO watched VALUES (1, 'a', 1), (2, 'b', 2);
INSERT INTO stamps VALUES (1, 'a');
INSERT INTO stamp_notes VALUES (1);
INSERT INTO measures VALUES (1, '2024-05-05'), (2, '2025-05-05');
INSERT INTO ruled VALUES (1, 'x'), (200, 'y');
INSERT INTO domained VALUES (1, 'k');
INSERT INTO secrets VALUES (1, 'me');
INSERT INTO grants VALUES ('me');
REFRESH MATERIALIZED VIEW totals;
