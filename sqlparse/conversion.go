package sqlparse

// A Conversion is a value that a statement has read as a date or a time although it may be a
// text, as far as the statement alone tells. A text may say 'now', and then means another moment each
// time, although nothing is written. So is the zone of a time that is moved to another.
//
// What is written in the text itself or passed as an argument is none: that is
// looked at where it stands, see [SpecialDate].
type Conversion struct {
	// To has the type that the value becomes; the zero Typed is a date or a time.
	To Typed

	// From may have the value's type, the only one or one of several. Where a name in the text stands for
	// expressions, as one of a subquery's columns does, it is what these are made of.
	From Typed
}

// A Typed is something that has a type which the text does not tell, and the catalog may.
type Typed struct {
	Kind TypedKind

	// Relation is whose column it is; without a name it is one of any relation that the
	// statement names.
	Relation Relation

	// Name is the name of the column, function, operator or type; * for any column.
	Name Name

	Args   int    // of a function
	Passed bool   // of a function or operator: each of its arguments has a Conversion of its own
	Field  string // of what may be a row, or rows, the column that is meant; empty: all of it; *: any
	Bound  bool   // of a column: the name may also stand for what is no relation's column, and which has a Conversion of its own
}

// A TypedKind says what a Typed is.
type TypedKind uint8

// The kinds.
const (
	TypedColumn TypedKind = iota + 1
	TypedFunction
	TypedOperator
	TypedType
	TypedAnything // of a type that nobody can tell
	TypedZone     // of a Conversion's To: what AT TIME ZONE makes, which of a time is another one in summer
)
