package runner

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/bench/workload"
)

// forgetful is a cache as one should not write it: it keeps the first result of
// each read of one kind for ever.
type forgetful struct {
	target.DB
	kept map[string]bool // by SQL

	mu      sync.Mutex
	results map[string][]target.Row
}

func newForgetful(db target.DB, w *workload.Workload, kind workload.Kind) *forgetful {
	f := &forgetful{DB: db, kept: map[string]bool{}, results: map[string][]target.Row{}}
	for _, s := range w.Statements {
		f.kept[s.SQL] = s.Kind == kind
	}
	return f
}

func (f *forgetful) Query(ctx context.Context, sql string, args []any, row func(target.Row) error) error {
	if !f.kept[sql] {
		return f.DB.Query(ctx, sql, args, row)
	}
	key := fmt.Sprint(sql, args)
	f.mu.Lock()
	rows, ok := f.results[key]
	f.mu.Unlock()
	if ok {
		for _, r := range rows {
			if err := row(r); err != nil {
				return err
			}
		}
		return nil
	}
	err := f.DB.Query(ctx, sql, args, func(r target.Row) error {
		recorder := &recordedRow{Row: r}
		rows = append(rows, recorder)
		return row(recorder)
	})
	f.mu.Lock()
	f.results[key] = rows
	f.mu.Unlock()
	return err
}

// recordedRow is scanned from the database once, and from then on from memory.
type recordedRow struct {
	target.Row
	values []reflect.Value
}

func (r *recordedRow) Scan(dest ...any) error {
	if r.values != nil {
		for i, d := range dest {
			reflect.ValueOf(d).Elem().Set(r.values[i])
		}
		return nil
	}
	if err := r.Row.Scan(dest...); err != nil {
		return err
	}
	for _, d := range dest {
		v := reflect.New(reflect.TypeOf(d).Elem()).Elem()
		v.Set(reflect.ValueOf(d).Elem())
		r.values = append(r.values, v)
	}
	return nil
}
