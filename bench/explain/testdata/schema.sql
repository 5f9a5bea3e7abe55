-- A shop with something of everything that the text of a statement does not show.
CREATE TABLE users (id int PRIMARY KEY, name text, active bool);
CREATE VIEW active_users AS SELECT id, name FROM users WHERE active;

CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE SET NULL, total numeric);
CREATE TABLE order_items (order_id int REFERENCES orders ON DELETE CASCADE, sku text);
CREATE VIEW totals AS SELECT u.name, sum(o.total) FROM active_users u JOIN orders o ON o.user_id = u.id GROUP BY 1;

CREATE TABLE changes (line text);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO changes VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON order_items FOR EACH ROW EXECUTE FUNCTION note_change();

CREATE TABLE events (at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

CREATE FUNCTION order_count(u int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM orders WHERE user_id = u';
CREATE FUNCTION count_of(t text) RETURNS bigint STABLE LANGUAGE plpgsql AS
$$ DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ' || quote_ident(t) INTO n; RETURN n; END $$;

CREATE TABLE secrets (owner name, body text);
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;

CREATE SCHEMA sales;
CREATE TABLE sales.leads (id int, name text);
