//go:build unix

package worker

import (
	"context"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// alike makes a version of a row by one statement, which the database copies into a
// row of another table.
func (c *client) alike(ctx context.Context, table, follower int, verb history.Verb) error {
	id := c.row()
	first, second := c.begin(table, id, verb), c.begin(follower, id, verb)
	second.Of(first.ID) // whose name is copied with the version
	v, err := change(ctx, c.db, updateTexts[table], id, first)
	if err == nil {
		second.Version(v)
	}
	c.end(outcome(err, true), err, first, second)
	return err
}

func (c *client) updateOwner(ctx context.Context) error {
	return c.alike(ctx, owner, owned, verbCascade)
}

func (c *client) updateAudited(ctx context.Context) error {
	return c.alike(ctx, audited, audit, verbTrigger)
}
