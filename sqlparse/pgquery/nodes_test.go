//go:build cgo

package pgquery

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// notRaw are the nodes that the raw grammar does not make: the planner's, the
// executor's and PL/pgSQL's. They are opaque.
const notRaw = `
	Aggref AlternativeSubPlan ArrayCoerceExpr ArrayExpr CallContext CaseTestExpr CoerceToDomain
	CoerceToDomainValue CoerceViaIO CollateExpr ConvertRowtypeExpr DistinctExpr FieldSelect FieldStore FromExpr
	FuncExpr InferenceElem InlineCodeBlock IntList JsonConstructorExpr MergeAction NextValueExpr NullIfExpr OidList
	OnConflictExpr OpExpr Param PartitionRangeDatum PLAssignStmt Query RangeTblEntry RangeTblFunction RangeTblRef RelabelType
	RowCompareExpr RowMarkClause RTEPermissionInfo ScalarArrayOpExpr SetOperationStmt SortGroupClause SubPlan
	SubscriptingRef TableFunc TableSampleClause TargetEntry Var WindowClause WindowFunc WithCheckOption
`

// nodeTypes are the messages a node can wrap, each with its Go type.
func nodeTypes() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	wrappers := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().ByName("node").Fields()
	for i := range wrappers.Len() {
		n := &pg.Node{}
		field := wrappers.Get(i)
		n.ProtoReflect().Set(field, protoreflect.ValueOfMessage(n.ProtoReflect().NewField(field).Message()))
		types[string(field.Message().Name())] = reflect.TypeOf(unwrap(n))
	}
	return types
}

// isUndetermined reports whether the walker has no rule for an empty message of that type.
func isUndetermined(t reflect.Type) bool {
	m := reflect.New(t.Elem()).Interface()
	if m, ok := m.(*pg.TransactionStmt); ok {
		m.Kind = pg.TransactionStmtKind_TRANS_STMT_BEGIN // there is none without
	}
	w := walker{}
	w.visit(m)
	return w.has(sqlparse.Undetermined)
}

func TestEveryNodeHasARule(t *testing.T) {
	want := map[string]bool{}
	for name := range strings.FieldsSeq(notRaw) {
		want[name] = true
	}
	for name, typ := range nodeTypes() {
		if got := isUndetermined(typ); got != want[name] {
			t.Errorf("%s: undetermined is %v; want %v", name, got, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("there are no nodes %v", slices.Sorted(maps.Keys(want)))
	}
}

func TestUnknownNodesAreOpaque(t *testing.T) {
	w := walker{}
	w.statement(&pg.SelectStmt{TargetList: []*pg.Node{
		{Node: &pg.Node_OpExpr{OpExpr: &pg.OpExpr{Args: []*pg.Node{functionMarker()}}}},
	}})
	st := w.result()
	if !st.Opaque || !w.has(sqlparse.Undetermined) || !found(&w) {
		t.Errorf("got %+v; want it opaque, undetermined, and its arguments visited", st)
	}
}

// notVisited are the fields the walker leaves out, each with its reason.
var notVisited = map[string]string{
	"Alias.Colnames":                 "names",
	"ColumnRef.Fields":               "names",
	"CopyStmt.Attlist":               "names",
	"IntoClause.ColNames":            "names",
	"RangeTableSample.Method":        "a name",
	"ViewStmt.Aliases":               "names",
	"PrepareStmt.Argtypes":           "types",
	"LockingClause.LockedRels":       "names in FROM",
	"ConstraintsSetStmt.Constraints": "names of constraints",
	"ExplainStmt.Options":            "constants",
	"VariableSetStmt.Args":           "constants",
	"ViewStmt.Options":               "constants",
	"CurrentOfExpr.Xpr":              "the planner's",
	"SetToDefault.Xpr":               "the planner's",
	"SQLValueFunction.Xpr":           "the planner's",
}

// TestNoFieldIsForgotten puts a call, or a relation, into each field of each node that can
// hold one, and asks whether the walker finds it.
func TestNoFieldIsForgotten(t *testing.T) {
	seen := map[string]bool{}
	for _, typ := range nodeTypes() {
		if !isUndetermined(typ) {
			checkFields(t, typ, seen)
		}
	}
	for field := range notVisited {
		if !seen[field] {
			t.Errorf("notVisited: there is no field %s", field)
		}
	}
}

// checkFields checks the fields of one message, and then of those below it that no node wraps.
func checkFields(t *testing.T, typ reflect.Type, seen map[string]bool) {
	for _, f := range fieldsOf(typ.Elem()) {
		name := typ.Elem().Name() + "." + typ.Elem().Field(f.index).Name
		if seen[name] {
			continue
		}
		seen[name] = true
		candidates := planted(typ, f, 3)
		ok := slices.ContainsFunc(candidates, func(m any) bool {
			w := walker{}
			w.visit(m)
			return found(&w)
		})
		if _, left := notVisited[name]; ok == left && len(candidates) > 0 {
			t.Errorf("%s: visited is %v", name, ok)
		}
		if f.kind == messageField {
			checkFields(t, typ.Elem().Field(f.index).Type, seen)
		}
	}
}

// planted are messages of a type with a marker in one field, which is a message of
// its own down to some depth.
func planted(typ reflect.Type, f field, depth int) (list []any) {
	plant := func(value any) {
		m := reflect.New(typ.Elem())
		m.Elem().Field(f.index).Set(reflect.ValueOf(value))
		list = append(list, m.Interface())
	}
	switch f.kind {
	case nodeField:
		plant(functionMarker())
		plant(relationMarker())
	case nodesField:
		plant([]*pg.Node{functionMarker()})
		plant([]*pg.Node{relationMarker()})
	case messageField:
		inner := typ.Elem().Field(f.index).Type
		if inner == reflect.TypeFor[*pg.RangeVar]() {
			plant(relationMarker().GetRangeVar())
			return list
		}
		if depth == 0 {
			return nil
		}
		for _, below := range fieldsOf(inner.Elem()) {
			if _, left := notVisited[inner.Elem().Name()+"."+inner.Elem().Field(below.index).Name]; left {
				continue
			}
			for _, m := range planted(inner, below, depth-1) {
				plant(m)
			}
		}
	}
	return list
}

func functionMarker() *pg.Node {
	return pg.MakeFuncCallNode([]*pg.Node{pg.MakeStrNode("marker")}, nil, 0)
}

func relationMarker() *pg.Node {
	return &pg.Node{Node: &pg.Node_RangeVar{RangeVar: &pg.RangeVar{Relname: "marker"}}}
}

// found reports whether the walker came by a marker.
func found(w *walker) bool {
	return slices.ContainsFunc(w.st.Functions, func(f sqlparse.Function) bool { return f.Name == "marker" }) ||
		slices.ContainsFunc(w.st.Reads, func(r sqlparse.Relation) bool { return r.Name == "marker" }) ||
		slices.ContainsFunc(w.st.Writes, func(w sqlparse.Write) bool { return w.Name == "marker" })
}

// TestFieldsAreOfKnownShapes holds pg_query's messages to what fieldsOf relies on: a field
// is a scalar, a node, a list of nodes, or a message.
func TestFieldsAreOfKnownShapes(t *testing.T) {
	for name, typ := range nodeTypes() {
		for i := range typ.Elem().NumField() {
			f := typ.Elem().Field(i)
			known := !f.IsExported() || f.Type.Kind() <= reflect.Complex128 || f.Type.Kind() == reflect.String ||
				f.Type == nodesType || f.Type == reflect.TypeFor[[]uint64]() || f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct
			if !known && name+"."+f.Name != "A_Const.Val" { // a oneof of scalars, which constant reads
				t.Errorf("%s.%s is a %v", name, f.Name, f.Type)
			}
		}
	}
}

// TestCorpusHasEveryNode holds the corpus to the grammar: a node that the walker has a rule for
// is in the tree of some text.
func TestCorpusHasEveryNode(t *testing.T) {
	seen := map[string]bool{}
	var collect func(m protoreflect.Message)
	collect = func(m protoreflect.Message) {
		seen[string(m.Descriptor().Name())] = true
		m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case fd.Message() == nil:
			case fd.IsList():
				for i := range v.List().Len() {
					collect(v.List().Get(i).Message())
				}
			default:
				collect(v.Message())
			}
			return true
		})
	}
	for _, sql := range corpus.Texts(t) {
		text, _ := sqlparse.StripComments(sql)
		if tree, err := pg.Parse(text); err == nil {
			collect(tree.ProtoReflect())
		}
	}
	for name, typ := range nodeTypes() {
		if !seen[name] && !isUndetermined(typ) {
			t.Errorf("no text of the corpus has a %s", name)
		}
	}
}
