package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// Declarations are what the user says of things that cannot be seen through. They are
// believed. Names are written as in SQL, with their schema or not: without, every
// schema's is meant.
type Declarations struct {
	// Functions are functions whose bodies are not looked at.
	Functions []Function

	// Vouched are tables whose rows may be kept although they are foreign, have row
	// security or a time with time zone, or are written by a subscription (logical
	// replication). Of a foreign one the user says that nobody else writes it, and that a
	// write to it writes nothing else in this database; of one with row security that
	// its policies depend on the role and on tables alone; of one with a time with time
	// zone that it is compared with its like alone, not with a time; of a subscribed one
	// that what arrives may show late: with the next write of the table here, or after
	// the time to live.
	Vouched []string
}

// A Function is what the user says of one: of all overloads of the name.
type Function struct {
	Name string

	// Reads and Writes are the tables it reads and writes. One without Writes writes
	// nothing.
	Reads, Writes []string

	// Volatile says that its result is another one at every call, so that it is
	// not kept. A function that writes is volatile.
	Volatile bool
}

// Check reports a name that is none.
func (d *Declarations) Check() error {
	for _, f := range d.Functions {
		if !isName(f.Name) {
			return fmt.Errorf("catalog: %q is no name of a function; want one as total, sales.total or sales.\"Odd Name\", without arguments", f.Name)
		}
		if err := checkTables(f.Reads, f.Writes); err != nil {
			return fmt.Errorf("catalog: function %s: %w", f.Name, err)
		}
	}
	if err := checkTables(d.Vouched); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	return nil
}

func checkTables(lists ...[]string) error {
	for _, name := range slices.Concat(lists...) {
		if !isName(name) {
			return fmt.Errorf("%q is no name of a table; want one as orders, sales.orders or sales.\"Odd Name\"", name)
		}
	}
	return nil
}

// isName reports whether s names something. The server would take total() for a name in a list of them.
func isName(s string) bool { return parseName(s).Name != "" && !strings.HasSuffix(s, ")") }

// function returns what was declared of f.
func (d *Declarations) function(f *function) *Function {
	for i := range d.Functions {
		if n := parseName(d.Functions[i].Name); n.Name == f.name && (n.Schema == "" || n.Schema == f.schema) {
			return &d.Functions[i]
		}
	}
	return nil
}

func (d *Declarations) vouches(rel *relation) bool {
	for _, name := range d.Vouched {
		if n := parseName(name); n.Name == rel.name && (n.Schema == "" || n.Schema == rel.schema) {
			return true
		}
	}
	return false
}
