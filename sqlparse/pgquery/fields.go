//go:build cgo

package pgquery

import (
	"reflect"
	"sync"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// A field is one that leads to another message.
type field struct {
	index int
	kind  fieldKind
}

type fieldKind uint8

const (
	nodeField    fieldKind = iota // *pg.Node
	nodesField                    // []*pg.Node
	messageField                  // a pointer to any other message
)

var (
	nodeType  = reflect.TypeFor[*pg.Node]()
	nodesType = reflect.TypeFor[[]*pg.Node]()
)

// fields remembers the fields of each message's type: reflect.Type to []field. Looking them up by
// Go's types costs a tenth of what protoreflect's Range does.
var fields sync.Map

// fieldsOf lists the fields of t, a struct of pg_query, that lead to other messages.
//
// It relies on what pg_query's messages are made of: nodes, lists of nodes, other messages
// and scalars. The test of all messages holds it to that.
func fieldsOf(t reflect.Type) []field {
	if known, ok := fields.Load(t); ok {
		return known.([]field)
	}
	var list []field
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case !f.IsExported():
		case f.Type == nodeType:
			list = append(list, field{i, nodeField})
		case f.Type == nodesType:
			list = append(list, field{i, nodesField})
		case f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct:
			list = append(list, field{i, messageField})
		}
	}
	fields.Store(t, list)
	return list
}

// children visits every message that m, a pointer to one, leads to.
func (w *walker) children(m any) {
	v := reflect.ValueOf(m).Elem()
	for _, f := range fieldsOf(v.Type()) {
		switch child := v.Field(f.index); f.kind {
		case nodeField:
			w.node(child.Interface().(*pg.Node))
		case nodesField:
			w.nodes(*child.Addr().Interface().(*[]*pg.Node))
		case messageField:
			if !child.IsNil() {
				w.visit(child.Interface())
			}
		}
	}
}

// unwrap returns the message in a node, nil if there is none.
func unwrap(n *pg.Node) any {
	if n == nil || n.Node == nil {
		return nil
	}
	// Each type of n.Node is a pointer to a struct of one field.
	m := reflect.ValueOf(n.Node).Elem().Field(0)
	if m.IsNil() {
		return nil
	}
	return m.Interface()
}
