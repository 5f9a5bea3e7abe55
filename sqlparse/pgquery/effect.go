//go:build cgo

package pgquery

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// reason notes why the result must not be kept.
func (w *walker) reason(code sqlparse.ReasonCode, detail string) {
	r := sqlparse.Reason{Code: code, Detail: detail}
	if !slices.Contains(w.st.Reasons, r) {
		w.st.Reasons = append(w.st.Reasons, r)
	}
}

// has reports whether a reason of that code was noted.
func (w *walker) has(code sqlparse.ReasonCode) bool {
	return slices.ContainsFunc(w.st.Reasons, func(r sqlparse.Reason) bool { return r.Code == code })
}

// read notes a relation whose rows may be read.
func (w *walker) read(rel sqlparse.Relation) {
	w.st.Reads = append(w.st.Reads, rel)
	if systemRelation(rel) {
		w.reason(sqlparse.SystemCatalog, rel.Name)
	}
}

// systemRelation reports whether rel is no user's, as far as its name tells.
func systemRelation(rel sqlparse.Relation) bool {
	return systemSchema(rel.Schema) || rel.Schema == "" && strings.HasPrefix(rel.Name, "pg_")
}

// systemSchema reports whether relations in that schema are no user's: the
// catalogs, and those of a session or of TOAST (pg_temp_3, pg_toast).
func systemSchema(schema string) bool {
	return schema == "information_schema" || strings.HasPrefix(schema, "pg_")
}

// write notes a relation that may be changed. What is only planned is only
// looked at.
//
// A write to a system relation does what no other statement of its kind does: an UPDATE of
// pg_settings is a SET (https://www.postgresql.org/docs/16/view-pg-settings.html), one of
// pg_enum changes what rows of any table read. It is nothing a catalog could see through.
func (w *walker) write(rel sqlparse.Relation, action sqlparse.Action) {
	if w.planned {
		w.read(rel)
		return
	}
	w.st.Writes = append(w.st.Writes, sqlparse.Write{Relation: rel, Action: action})
	if systemRelation(rel) && !temporarySchema(rel.Schema) && !w.stored {
		w.reason(sqlparse.Undetermined, rel.Name)
		w.runsUnseen()
	}
}

// temporarySchema reports whether schema is a session's own: pg_temp, pg_temp_3.
func temporarySchema(schema string) bool {
	return schema == "pg_temp" || strings.HasPrefix(schema, "pg_temp_")
}

// opaque notes that relations may be changed which the text does not name.
func (w *walker) opaque() {
	if !w.planned && !w.stored {
		w.st.Opaque = true
	}
}

// control notes an effect on the transaction or the session.
func (w *walker) control(c sqlparse.Control) {
	if !w.planned && !w.stored {
		w.st.Controls = append(w.st.Controls, c)
	}
}

// runsUnseen notes that code runs which the text does not show.
func (w *walker) runsUnseen() {
	w.opaque()
	if c := (sqlparse.Control{Op: sqlparse.Unseen}); !slices.Contains(w.st.Controls, c) {
		w.control(c)
	}
}

// result is the statement in the order its contract asks for.
func (w *walker) result() sqlparse.Statement {
	w.conversions()
	st := &w.st
	slices.SortFunc(st.Reads, compareRelations)
	st.Reads = slices.Compact(st.Reads)
	slices.SortFunc(st.Writes, func(a, b sqlparse.Write) int {
		return cmp.Or(compareRelations(a.Relation, b.Relation), cmp.Compare(a.Action, b.Action))
	})
	st.Writes = slices.Compact(st.Writes)
	slices.SortFunc(st.Functions, func(a, b sqlparse.Function) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Args, b.Args))
	})
	st.Functions = slices.Compact(st.Functions)
	slices.SortFunc(st.Assigned, func(a, b sqlparse.Column) int {
		return cmp.Or(compareRelations(a.Relation, b.Relation), cmp.Compare(a.Column, b.Column))
	})
	st.Assigned = slices.Compact(st.Assigned)
	slices.SortFunc(st.Operators, compareNames)
	st.Operators = slices.Compact(st.Operators)
	slices.SortFunc(st.Types, compareNames)
	st.Types = slices.Compact(st.Types)
	slices.Sort(st.Fields)
	st.Fields = slices.Compact(st.Fields)
	return *st
}

func compareNames(a, b sqlparse.Name) int {
	return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
}

func compareRelations(a, b sqlparse.Relation) int {
	onlyLast := 0
	if a.Only != b.Only {
		onlyLast = -1
		if a.Only {
			onlyLast = 1
		}
	}
	return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name), onlyLast)
}
