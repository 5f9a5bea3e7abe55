CREATE TYPE status AS ENUM ('draft', 'published');

CREATE TABLE authors (
  id   bigserial PRIMARY KEY,
  name text NOT NULL,
  bio  text
);

CREATE TABLE books (
  id        bigserial PRIMARY KEY,
  author_id bigint NOT NULL REFERENCES authors (id),
  title     text NOT NULL,
  state     status NOT NULL DEFAULT 'draft',
  tags      text[] NOT NULL DEFAULT '{}',
  price     numeric(8, 2),
  added     timestamptz NOT NULL DEFAULT '2024-01-01 00:00+00'
);
