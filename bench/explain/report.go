package explain

import (
	"encoding/json"
	"io"
)

// format is the version of a Report's JSON. Fields may be added to one; what is there
// keeps its name and its meaning.
const format = 1

// A Report is what there is to say of some SQL texts.
type Report struct {
	Format   int       `json:"format"`   // 1
	Database *Database `json:"database"` // null: none was asked

	// Unseen says what the verdicts leave out for want of a database. Empty with one.
	Unseen string `json:"unseen"`

	Statements []Statement `json:"statements"` // in the order of the texts
}

// A Database is the one whose catalog was read, and the session that read it, which
// decides what names mean.
type Database struct {
	Server     string   `json:"server"` // "PostgreSQL 16.2 at localhost:5432/app"
	Role       string   `json:"role"`
	SearchPath []string `json:"search_path"` // the schemas that are searched
}

// A Statement is one text.
type Statement struct {
	SQL     string  `json:"sql"` // without its comments
	Verdict Verdict `json:"verdict"`

	// Reasons say why the result is not kept, first of all what makes the text opaque.
	// Empty where it is kept.
	Reasons []Reason `json:"reasons"`

	// Error is the parser's, if it did not understand the text. Empty where it did.
	Error string `json:"error"`

	// Reads are the tags that the result depends on, or would if it were kept, and
	// Writes those whose generations the text moves, each once for every way to it
	// that was noted: one for each relation, one for each reason to move the epoch.
	Reads  []Use `json:"reads"`
	Writes []Use `json:"writes"`
}

// A Verdict is what the cache does with a text.
type Verdict string

// The verdicts.
const (
	Cached Verdict = "cached" // its result is kept
	Bypass Verdict = "bypass" // it goes to the database, and changes nothing that is kept
	Write  Verdict = "write"  // it drops what depends on the tables it writes
	Opaque Verdict = "opaque" // it cannot be seen through: it drops everything
)

// A Reason says why a result is not kept.
type Reason struct {
	Code   string `json:"code"`   // a sqlparse.ReasonCode: "opaque function"
	Detail string `json:"detail"` // what it was found at: "refresh_totals"; may be empty
	Remedy string `json:"remedy"` // what would change that; empty if nothing would, or needs to, as of a write
}

// A Use is a tag that is read or written, and why.
type Use struct {
	Tag string `json:"tag"` // "default/public.orders"

	// Table is the tag's table, "public.orders": of a partition, the root's. Without a database
	// the schema is not known: "orders". Empty for the tags that are no table's:
	// the epoch, which stands for everything, and those by which processes with a
	// catalog and without one hear of each other.
	Table string `json:"table"`

	// Path is the way to it: "orders -> FK items_order_id_fkey ON DELETE CASCADE -> items".
	// Where there is no Table it says in words what the tag is there for.
	Path string `json:"path"`
}

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // for eyes, too: paths are full of ->
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Unparsable counts the statements that the parser did not understand.
func (r *Report) Unparsable() int {
	n := 0
	for _, s := range r.Statements {
		if s.Error != "" {
			n++
		}
	}
	return n
}
