package sqlparse

// A Kind is a statement's command in PostgreSQL's own words, as it stands in the
// list of SQL commands of PostgreSQL's documentation
// (https://www.postgresql.org/docs/16/sql-commands.html): "SELECT", "INSERT",
// "CREATE TABLE", "REFRESH MATERIALIZED VIEW".
type Kind string

// The kinds the cache asks for. Every other command has its own words too.
const (
	Select Kind = "SELECT" // with VALUES and TABLE
)
