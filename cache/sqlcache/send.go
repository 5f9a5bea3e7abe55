package sqlcache

import (
	"context"
	"database/sql/driver"
	"errors"
)

// What follows sends a statement the way database/sql does, through the interfaces
// the driver has: see ctxutil.go, DB.execDC and DB.queryDC there. The texts of the
// errors are database/sql's own.

// sendQuery runs a query on inner. The rows close the statement that had to be
// prepared for them.
func sendQuery(ctx context.Context, inner driver.Conn, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := queryDirectly(ctx, inner, query, args)
	if err != driver.ErrSkip { // as database/sql compares it
		return rows, err
	}
	si, err := prepare(ctx, inner, query)
	if err != nil {
		return nil, err
	}
	rows, err = queryStmt(ctx, inner, si, args)
	if err != nil {
		_ = si.Close() // the query's error matters
		return nil, err
	}
	return newLiveRows(rows, si, nil), nil
}

// queryDirectly is driver.ErrSkip where the driver wants the query prepared.
func queryDirectly(ctx context.Context, inner driver.Conn, query string, args []driver.NamedValue) (driver.Rows, error) {
	withContext, ok := inner.(driver.QueryerContext)
	//lint:ignore SA1019 drivers still have it
	legacy, okLegacy := inner.(driver.Queryer)
	if !ok && !okLegacy {
		return nil, driver.ErrSkip
	}
	args, err := convert(inner, nil, args)
	if err != nil {
		return nil, err
	}
	if ok {
		return withContext.QueryContext(ctx, query, args)
	}
	values, err := plainValues(ctx, args)
	if err != nil {
		return nil, err
	}
	return legacy.Query(query, values)
}

// sendExec runs a statement on inner that returns no rows.
func sendExec(ctx context.Context, inner driver.Conn, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := execDirectly(ctx, inner, query, args)
	if err != driver.ErrSkip { // as database/sql compares it
		return result, err
	}
	si, err := prepare(ctx, inner, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = si.Close() }() // database/sql ignores it, too
	return execStmt(ctx, inner, si, args)
}

// execDirectly is driver.ErrSkip where the driver wants the statement prepared.
func execDirectly(ctx context.Context, inner driver.Conn, query string, args []driver.NamedValue) (driver.Result, error) {
	withContext, ok := inner.(driver.ExecerContext)
	//lint:ignore SA1019 drivers still have it
	legacy, okLegacy := inner.(driver.Execer)
	if !ok && !okLegacy {
		return nil, driver.ErrSkip
	}
	args, err := convert(inner, nil, args)
	if err != nil {
		return nil, err
	}
	if ok {
		return withContext.ExecContext(ctx, query, args)
	}
	values, err := plainValues(ctx, args)
	if err != nil {
		return nil, err
	}
	return legacy.Exec(query, values)
}

func prepare(ctx context.Context, inner driver.Conn, query string) (driver.Stmt, error) {
	if p, ok := inner.(driver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, query)
	}
	si, err := inner.Prepare(query)
	if err == nil && ctx.Err() != nil {
		_ = si.Close() // the context's error matters
		return nil, ctx.Err()
	}
	return si, err
}

func queryStmt(ctx context.Context, inner driver.Conn, si driver.Stmt, args []driver.NamedValue) (driver.Rows, error) {
	args, err := convert(inner, si, args)
	if err != nil {
		return nil, err
	}
	if s, ok := si.(driver.StmtQueryContext); ok {
		return s.QueryContext(ctx, args)
	}
	values, err := plainValues(ctx, args)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 the driver has no other
	return si.Query(values)
}

func execStmt(ctx context.Context, inner driver.Conn, si driver.Stmt, args []driver.NamedValue) (driver.Result, error) {
	args, err := convert(inner, si, args)
	if err != nil {
		return nil, err
	}
	if s, ok := si.(driver.StmtExecContext); ok {
		return s.ExecContext(ctx, args)
	}
	values, err := plainValues(ctx, args)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 the driver has no other
	return si.Exec(values)
}

// plainValues are the arguments of an interface without contexts and names, unless
// ctx has ended.
func plainValues(ctx context.Context, args []driver.NamedValue) ([]driver.Value, error) {
	values := make([]driver.Value, len(args))
	for i, nv := range args {
		if nv.Name != "" {
			return nil, errors.New("sql: driver does not support the use of Named Parameters")
		}
		values[i] = nv.Value
	}
	return values, ctx.Err()
}

func begin(ctx context.Context, inner driver.Conn, opts driver.TxOptions) (driver.Tx, error) {
	if b, ok := inner.(driver.ConnBeginTx); ok {
		return b.BeginTx(ctx, opts)
	}
	switch {
	case opts.Isolation != 0:
		return nil, errors.New("sql: driver does not support non-default isolation level")
	case opts.ReadOnly:
		return nil, errors.New("sql: driver does not support read-only transactions")
	}
	//lint:ignore SA1019 the driver has no other
	tx, err := inner.Begin()
	if err == nil && ctx.Err() != nil {
		_ = tx.Rollback() // the context's error matters
		return nil, ctx.Err()
	}
	return tx, err
}
