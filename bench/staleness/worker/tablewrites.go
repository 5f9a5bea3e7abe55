//go:build unix

package worker

import (
	"context"
	"fmt"
	"strings"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/target"
)

// all are the places of a table.
func (c *client) all(table int) []place {
	places := make([]place, c.cfg.Mix.Rows)
	for i := range places {
		places[i] = place{table, i + 1}
	}
	return places
}

// truncate makes a version of every row of a table by emptying it first.
func (c *client) truncate(ctx context.Context) error {
	return c.transact(ctx, verbTruncate, c.all(emptied), func(s target.Session, writes []history.Pending) (bool, error) {
		v, err := c.nextOfAll(ctx, s, c.cfg.Mix.Rows+1, writes)
		if err != nil {
			return false, err
		}
		if err := s.Exec(ctx, "TRUNCATE emptied", nil); err != nil {
			return false, err
		}
		var rows []string
		var args []any
		for i, w := range writes {
			rows = append(rows, fmt.Sprintf("($%d, $%d, $%d)", 3*i+1, 3*i+2, 3*i+3))
			args = append(args, i+1, v, int64(w.ID))
		}
		return true, s.Exec(ctx, "INSERT INTO emptied VALUES "+strings.Join(rows, ", "), args)
	})
}

// alter makes a version of every row of a table by DDL.
func (c *client) alter(ctx context.Context) error {
	return c.transact(ctx, verbAlter, c.all(altered), func(s target.Session, writes []history.Pending) (bool, error) {
		v, err := c.nextOfAll(ctx, s, c.cfg.Mix.Rows+2, writes)
		if err != nil {
			return false, err
		}
		ids := "CASE id"
		for i, w := range writes {
			ids += fmt.Sprintf(" WHEN %d THEN %d", i+1, w.ID)
		}
		return true, s.Exec(ctx, fmt.Sprintf("ALTER TABLE altered ALTER version TYPE bigint USING %d, "+
			"ALTER op TYPE bigint USING %s END", v, ids), nil)
	})
}

// nextOfAll returns the version that all rows of a table are to have next, which is
// counted in a row of another one.
func (c *client) nextOfAll(ctx context.Context, s target.Session, turn int, writes []history.Pending) (int64, error) {
	v, err := takeTurn(ctx, s, turn)
	if err != nil {
		return 0, err
	}
	for _, w := range writes {
		w.Version(v)
	}
	return v, nil
}
