package catalog

import (
	"slices"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Scope is what of a session decides what names mean.
type Scope struct {
	// Schemas is the search path in effect, as the server gives it for
	// current_schemas(true): without schemas that do not exist or that the role may
	// not use, with those that are searched unsaid.
	Schemas []string

	// Role is current_user.
	Role string

	// Unknown says that neither is known: a name may mean what it means in any schema.
	Unknown bool
}

// A Resolver resolves analyses for one search path by one Snapshot. It is immutable and
// safe for concurrent use.
type Resolver struct {
	namespace    string
	snapshot     *Snapshot
	path         searchPath
	role         string
	declarations *Declarations
	login        loginEffect
}

// Resolver returns a Resolver for the sessions of a scope, whose tags are in
// namespace. Nil declarations are none.
func (s *Snapshot) Resolver(namespace string, scope Scope, declarations *Declarations) *Resolver {
	if declarations == nil {
		declarations = &Declarations{}
	}
	r := &Resolver{namespace: namespace, snapshot: s, role: scope.Role, declarations: declarations}
	if scope.Unknown {
		r.path, r.role = s.anyPath(), ""
	} else {
		r.path = s.effectivePath(scope.Schemas)
	}
	r.login = r.atLogin()
	return r
}

// A Resolution is what one SQL text does, as far as the catalog tells.
type Resolution struct {
	invalidation.Effect

	// Reasons are all reasons not to keep the result; Effect has the first.
	Reasons []sqlparse.Reason

	// Opaque says why the epoch is among the Writes, each cause with what it was found
	// at. Empty if it is not.
	Opaque []sqlparse.Reason

	// Controls are the effects on the transaction and the session: the text's own and
	// those of the functions it calls. A function that was seen through is no longer
	// sqlparse.Unseen.
	Controls []sqlparse.Control

	// Read and Written are the relations that the text reaches, whether its result may be kept
	// or not, in the order in which they were reached.
	Read, Written []Reached
}

// A Reached is a relation and one way to it.
type Reached struct {
	Schema, Name string
	Tag          string
	Path         string // "orders -> FK order_items_order_id_fkey ON DELETE CASCADE -> order_items"
}

// Resolve says what a does. It takes a time in proportion to what a reaches, and
// neither blocks nor changes a.
func (r *Resolver) Resolve(a *sqlparse.Analysis) Resolution {
	w := newWalk(r)
	path := r.path
	for i := range a.Statements {
		w.statement(&a.Statements[i], path, path, nil)
		if slices.ContainsFunc(a.Statements[i].Controls, func(c sqlparse.Control) bool { return movesPath(c) || undoesPath(c) }) {
			path = r.snapshot.anyPath() // of the statements behind it
		}
	}
	w.run()
	if len(a.Statements) > 1 {
		w.reason(sqlparse.SeveralCommands, "")
	}
	return w.resolution()
}

// resolution is what the walk has found.
func (w *walk) resolution() Resolution {
	res := Resolution{Opaque: w.opaque, Controls: w.controls}
	if unseen := (sqlparse.Control{Op: sqlparse.Unseen}); w.runsUnseen && !slices.Contains(res.Controls, unseen) {
		res.Controls = append(res.Controls, unseen)
	}
	var reads, writes invalidation.WriteSet
	for _, x := range w.reached {
		tag := invalidation.TableTag(w.r.namespace, x.rel.family.schema, x.rel.family.name)
		hit := Reached{Schema: x.rel.schema, Name: x.rel.name, Tag: tag, Path: x.step.explain()}
		if !x.write {
			reads.Add([]string{tag})
			res.Read = append(res.Read, hit)
			continue
		}
		writes.Add([]string{tag, w.staticTag(x.rel.name), w.staticTag(x.rel.family.name)})
		res.Written = append(res.Written, hit)
	}
	writes.Add(w.named)
	if len(w.opaque) > 0 {
		writes.Add([]string{invalidation.EpochTag(w.r.namespace)})
	}
	res.Writes = writes.Tags()
	w.refuse(&res, !reads.Empty())
	res.Reasons = w.reasons
	if len(w.reasons) > 0 {
		res.Reason = w.reasons[0]
		return res
	}
	res.Reads = append([]string{invalidation.EpochTag(w.r.namespace), invalidation.BlindTag(w.r.namespace)}, reads.Tags()...)
	if len(res.Reads) > backends.MaxTags {
		res.Reads, res.Reason = nil, sqlparse.Reason{Code: invalidation.TooManyTables}
		res.Reasons = []sqlparse.Reason{res.Reason}
	}
	return res
}

// refuse adds the reasons that show only when everything has been reached.
func (w *walk) refuse(res *Resolution, reads bool) {
	switch {
	case len(w.opaque) > 0:
		w.reason(w.opaque[0].Code, w.opaque[0].Detail)
	case len(res.Writes) > 0:
		w.reason(sqlparse.WritesData, "")
	case len(w.controls) > 0:
		w.reason(sqlparse.NotRead, "")
	case !reads:
		w.reason(sqlparse.NoTable, "")
	}
}

func (w *walk) staticTag(name string) string {
	return invalidation.StaticTag(w.r.namespace, sqlparse.Relation{Name: name})
}

// reason notes why the result must not be kept.
func (w *walk) reason(code sqlparse.ReasonCode, detail string) {
	if r := (sqlparse.Reason{Code: code, Detail: detail}); !slices.Contains(w.reasons, r) {
		w.reasons = append(w.reasons, r)
	}
}

// cannotSee notes why the text may write what is not known. Its result is not kept
// for the same reason.
func (w *walk) cannotSee(code sqlparse.ReasonCode, detail string) {
	w.runsUnseen = w.runsUnseen || code != OpaqueCommand // whose controls are in its analysis
	if r := (sqlparse.Reason{Code: code, Detail: detail}); !slices.Contains(w.opaque, r) {
		w.opaque = append(w.opaque, r)
	}
}
