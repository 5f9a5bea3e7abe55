package catalog

// A Snapshot is what the catalog of one database held when it was loaded. It is
// immutable and safe for concurrent use.
type Snapshot struct {
	fingerprint string
	schemas     map[string]*schema
	relations   map[oid]*relation
	functions   map[oid]*function

	eventTriggers []*eventTrigger

	// loadPath is the search path under which the texts of views, rules and
	// atomic functions were printed, and so the one under which their names are read.
	loadPath searchPath

	// everywhere are functions that any statement may call: casts between
	// PostgreSQL's own types.
	everywhere []part

	datesUnasked bool // a cast turns texts into dates wherever one is asked for
}

// Fingerprint is what [Fingerprint] gave when the Snapshot was loaded.
func (s *Snapshot) Fingerprint() string { return s.fingerprint }

// A schema holds objects by name.
type schema struct {
	name      string
	public    bool // every role has USAGE
	relations map[string]*relation
	functions map[string][]*function
	operators map[string][]*function
	types     map[string]*typeParts
	traits    map[string]traits // of types, rows of relations among them
	results   map[string]traits // of operators
	passed    map[string]traits // of operators whose results are of the type of one of their arguments
}

// typeParts are the functions behind a type.
type typeParts struct{ parts []part }
