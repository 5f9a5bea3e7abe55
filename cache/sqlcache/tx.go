package sqlcache

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A tx is a transaction that the program began through database/sql.
type tx struct {
	c     *conn
	inner driver.Tx
	ctx   context.Context // BeginTx's, for the whole of the transaction as database/sql says
}

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	inner, err := c.ready(ctx)
	if err != nil {
		return nil, err
	}
	c.session.Learn(ctx)
	t, err := begin(ctx, inner, opts)
	if err != nil {
		if c.session.InTransaction() {
			c.session.Lose() // one that SQL began: it may have failed now
		}
		return nil, err
	}
	c.session.Begun(isolation(opts.Isolation))
	return &tx{c: c, inner: t, ctx: ctx}, nil
}

// isolation names a level, empty the session's own. A level that PostgreSQL does
// not have is taken for the strictest, which is never answered from the cache.
func isolation(level driver.IsolationLevel) sqlparse.Isolation {
	switch sql.IsolationLevel(level) {
	case sql.LevelDefault:
		return ""
	case sql.LevelReadUncommitted:
		return sqlparse.ReadUncommitted
	case sql.LevelReadCommitted:
		return sqlparse.ReadCommitted
	case sql.LevelRepeatableRead, sql.LevelSnapshot:
		return sqlparse.RepeatableRead
	}
	return sqlparse.Serializable
}

// Commit fences what the transaction wrote, commits, and lifts. If it may not be
// sent, the transaction is rolled back.
func (t *tx) Commit() error {
	run, err := t.c.session.Commit(t.ctx)
	if err != nil {
		_ = t.Rollback() // why there is no commit matters more
		return err
	}
	e := &ending{c: t.c, run: run}
	defer e.giveUp()
	err = t.inner.Commit()
	e.end(err)
	return err
}

// Rollback rolls back. database/sql drops a connection whose transaction ended with
// its context, unless the driver can validate and reset it; that we can do both
// must not keep it.
func (t *tx) Rollback() error {
	if t.ctx.Err() != nil && !t.c.rollsBackSafely() {
		t.c.discard = true
	}
	err := t.inner.Rollback()
	t.c.session.RolledBack()
	return err
}
