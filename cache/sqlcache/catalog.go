package sqlcache

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// openCatalog is the source's cache.OpenCatalog: a connection past the pool, and past its
// limit.
func (c *connector) openCatalog(ctx context.Context) (catalog.Query, func(), error) {
	inner, err := c.wrapped.Connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	query := func(ctx context.Context, sql string) ([][]string, error) {
		rows, err := sendQuery(ctx, inner, sql, nil)
		if err != nil {
			return nil, err
		}
		return textRows(rows)
	}
	return query, func() { _ = inner.Close() }, nil // nothing was written
}

// textRows reads rows of text to their end.
func textRows(rows driver.Rows) (all [][]string, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(row); {
		case err == io.EOF: // as database/sql compares it
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, texts(row))
	}
}
