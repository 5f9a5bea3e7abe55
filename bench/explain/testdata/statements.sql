SELECT name FROM active_users WHERE id = $1;
SELECT * FROM totals;
SELECT name, order_count(id) FROM users;
SELECT * FROM events_2026;
SELECT l.name, 'a;b' FROM sales.leads l; -- names its schema
DELETE FROM users WHERE id = $1;
DELETE FROM orders;
INSERT INTO order_items VALUES (1, 'a');
UPDATE active_users SET name = upper(name);
SELECT name FROM users WHERE now() > $1;
SELECT * FROM secrets;
SELECT count_of('users');
SELECT * FROM nowhere;
CREATE INDEX ON users (name);
ALTER TABLE users ADD COLUMN email text;
/* gojohnny: skip */ SELECT * FROM users;
SELECT
  FROM FROM users
