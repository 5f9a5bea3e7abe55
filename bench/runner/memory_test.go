package runner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
)

// memoryDB answers a workload's statements by their kinds, from versions in memory.
// It is as correct as a database and a thousand times faster than one under the
// race detector.
type memoryDB struct {
	statements map[string]*workload.Statement // by SQL

	mu       sync.Mutex
	versions [][]int   // by table and id-1
	added    [][]int64 // by table: the parents of rows above Table.Rows
}

func newMemoryDB(w *workload.Workload) *memoryDB {
	db := &memoryDB{statements: map[string]*workload.Statement{}, added: make([][]int64, len(w.Tables))}
	for _, s := range w.Statements {
		db.statements[s.SQL] = s
	}
	for _, t := range w.Tables {
		versions := make([]int, t.Rows)
		for i := range versions {
			versions[i] = 1
		}
		db.versions = append(db.versions, versions)
	}
	return db
}

func (db *memoryDB) Query(_ context.Context, sql string, args []any, row func(target.Row) error) error {
	db.mu.Lock()
	rows := db.rows(db.statements[sql], args)
	db.mu.Unlock()
	for _, r := range rows {
		if err := row(r); err != nil {
			return err
		}
	}
	return nil
}

func (db *memoryDB) Exec(_ context.Context, sql string, args []any) error {
	s := db.statements[sql]
	if s.Kind != workload.Insert {
		return fmt.Errorf("%s by Exec", s.Name)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.added[s.Table.Index] = append(db.added[s.Table.Index], args[1].(int64))
	return nil
}

// InTx neither isolates nor rolls back: what a reader sees may be too new, never too
// old.
func (db *memoryDB) InTx(_ context.Context, f func(target.Session) (bool, error)) error {
	_, err := f(db)
	return err
}

func (db *memoryDB) rows(s *workload.Statement, args []any) []values {
	t := s.Table
	versions := db.versions[t.Index]
	switch s.Kind {
	case workload.Update:
		id := args[1].(int64)
		versions[id-1]++
		return []values{{versions[id-1]}}
	case workload.Point:
		id := args[0].(int64)
		return []values{{int(id), int(t.ParentOf(id)), "title", "body", 0, versions[id-1]}}
	case workload.Newest, workload.Count:
		return db.grown(s, args[0].(int64))
	}
	parent, first := int64(1), int64(0)
	if len(args) > 0 {
		parent = args[0].(int64)
	}
	if s.Kind == workload.List {
		first = args[1].(int64)
	}
	return db.span(s, parent, first)
}

// grown answers from a table to which rows are added.
func (db *memoryDB) grown(s *workload.Statement, parent int64) []values {
	t := s.Table
	n, newest := t.Group(parent), parent+(t.Group(parent)-1)*t.Parents
	for i, p := range db.added[t.Index] {
		if p == parent {
			n, newest = n+1, t.Rows+int64(i)+1
		}
	}
	if s.Kind == workload.Count {
		return []values{{int(n)}}
	}
	return []values{{int(newest), "title", 0, 1}}
}

// span answers from the rows of a parent.
func (db *memoryDB) span(s *workload.Statement, parent, first int64) []values {
	t := s.Table
	limit := int64(workload.PageRows)
	if s.Kind == workload.All || s.Kind == workload.Total || s.Kind == workload.Pick {
		limit = t.Rows
	}
	var rows []values
	sum := 0
	for i := first; i < min(first+limit, t.Group(parent)); i++ {
		id := parent + i*t.Parents
		v := db.versions[t.Index][id-1]
		sum += v
		switch s.Kind {
		case workload.Join:
			above := db.versions[t.Parent.Index][parent-1]
			rows = append(rows, values{int(id), "title", v, int(parent), "title", above})
		case workload.Pick:
			rows = append(rows, values{int(id), "title", v})
		default:
			rows = append(rows, values{int(id), "title", 0, v})
		}
	}
	switch s.Kind {
	case workload.Total:
		return []values{{len(rows), 0, sum}}
	case workload.Pick:
		rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		return rows[:min(4, len(rows))]
	}
	return rows
}
