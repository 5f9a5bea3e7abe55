//go:build unix

package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/target"
)

// The texts of the writes, by table.
var updateTexts [allTables]string

func init() {
	for t, name := range tableNames {
		updateTexts[t] = fmt.Sprintf("UPDATE %s SET version = version + 1, op = $2 WHERE id = $1 RETURNING version", name)
	}
}

const viewUpdateText = "UPDATE seen SET version = version + 1, op = $2 WHERE id = $1 RETURNING version"

var errNoRow = errors.New("the row is not there")

// returning runs a statement that returns one number.
func returning(ctx context.Context, s target.Session, text string, args ...any) (v int64, err error) {
	err = s.Query(ctx, text, args, func(row target.Row) error { return row.Scan(&v) })
	if err == nil && v == 0 {
		err = errNoRow
	}
	return v, err
}

// change makes a version of a register and returns it.
func change(ctx context.Context, s target.Session, text string, id int, w history.Pending) (int64, error) {
	v, err := returning(ctx, s, text, id, int64(w.ID))
	if err == nil {
		w.Version(v)
	}
	return v, err
}

// autocommit makes a version by one statement.
func (c *client) autocommit(ctx context.Context, table int, verb history.Verb, text string, more ...int) error {
	id := c.row()
	w := c.begin(table, id, verb)
	_, err := change(ctx, c.db, text, id, w)
	c.end(outcome(err, true), err, w)
	return err
}

func (c *client) update(ctx context.Context) error {
	table := c.plain()
	return c.autocommit(ctx, table, verbUpdate, updateTexts[table])
}

func (c *client) updateView(ctx context.Context) error {
	return c.autocommit(ctx, reg0, verbViewWrite, viewUpdateText)
}
