-- name: GetAuthor :one
SELECT * FROM authors WHERE id = $1 LIMIT 1;

-- name: ListAuthors :many
SELECT * FROM authors ORDER BY name;

-- name: BooksByState :many
SELECT books.*, authors.name AS author FROM books JOIN authors ON authors.id = author_id
WHERE state = $1 ORDER BY books.id;

-- name: CreateAuthor :one
INSERT INTO authors (name, bio) VALUES ($1, $2) RETURNING *;

-- name: RenameAuthor :exec
UPDATE authors SET name = $2 WHERE id = $1;

-- name: DeleteBooks :execrows
DELETE FROM books WHERE author_id = $1;

-- name: CopyBooks :copyfrom
INSERT INTO books (author_id, title, state, tags) VALUES ($1, $2, $3, $4);

-- name: BooksOf :batchmany
SELECT * FROM books WHERE author_id = $1 ORDER BY id;

-- name: AuthorNames :batchone
SELECT name FROM authors WHERE id = $1;

-- name: PublishBooks :batchexec
UPDATE books SET state = 'published' WHERE author_id = $1;
