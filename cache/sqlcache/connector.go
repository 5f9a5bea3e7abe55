package sqlcache

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/gojohnny/gojohnny/cache"
)

// Connector returns a connector whose connections answer what they can from c, and
// use wrapped's for the rest. It is for [sql.OpenDB], and safe for concurrent use.
// The cache is closed after the database; closing the database closes wrapped, if
// that can be closed.
//
// All programs that write the database must use it, or say what they wrote by
// [cache.Cache.Invalidate]: the cache does not see writes made past it.
func Connector(wrapped driver.Connector, c *cache.Cache) driver.Connector {
	own := &connector{wrapped: wrapped, cache: c}
	own.source = c.NewSource("sqlcache", own.openCatalog)
	own.source.CompareBy(cutRows)
	return own
}

type connector struct {
	wrapped driver.Connector
	cache   *cache.Cache
	source  *cache.Source
	types   scanTypes
}

// Connect returns a connection that is not dialled yet. It does not block.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	shell := &conn{connector: c}
	shell.session = c.source.NewSession(shell.probe)
	return shell, nil
}

// Driver returns the wrapped connector's driver.
func (c *connector) Driver() driver.Driver { return c.wrapped.Driver() }

// Close closes the cache's own connection, and the wrapped connector if it is an
// io.Closer, as sql.DB.Close would.
func (c *connector) Close() error {
	c.source.Close()
	if closer, ok := c.wrapped.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// Unwrap returns the driver's connection behind the one that [sql.Conn.Raw] hands
// to its function, and dials it if need be, which blocks as long as ctx lets it.
//
// The result must not be used after the function has returned. Nobody sees what it
// is used for: what it writes must be told to [cache.Cache.Invalidate], and the
// connection bypasses the cache from then on, until it is sent DISCARD ALL or the
// function returns [driver.ErrBadConn], which makes the pool drop it.
//
// A connection that is not of this package is returned as it is, so that a function
// written for both runs with the cache and without. The error is the dial's, or
// says that driverConn is no connection.
func Unwrap(ctx context.Context, driverConn any) (driver.Conn, error) {
	switch c := driverConn.(type) {
	case *conn:
		inner, err := c.ready(ctx)
		if err != nil {
			return nil, err
		}
		c.session.Lose()
		return inner, nil
	case driver.Conn:
		return c, nil
	}
	return nil, fmt.Errorf("sqlcache: unwrap: %T is no driver.Conn", driverConn)
}
