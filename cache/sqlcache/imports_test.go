package sqlcache_test

import (
	"testing"

	"github.com/gojohnny/gojohnny/internal/imports"
)

// The program chooses its store, its parser and its driver: none comes from here.
func TestImports(t *testing.T) {
	imports.Never(t,
		"github.com/gojohnny/gojohnny/backends/memstore",
		"github.com/gojohnny/gojohnny/backends/redisstore",
		"github.com/gojohnny/gojohnny/backends/memcachestore",
		"github.com/gojohnny/gojohnny/sqlparse/pgquery",
		"github.com/jackc/...", "github.com/lib/pq", "modernc.org/...", "github.com/mattn/...",
	)
	imports.Only(t,
		"github.com/gojohnny/gojohnny/sqlparse/...", "github.com/gojohnny/gojohnny/sqlparse",
		"github.com/gojohnny/gojohnny/backends",
		"github.com/gojohnny/gojohnny/invalidation",
		"github.com/gojohnny/gojohnny/invalidation/catalog",
		"github.com/gojohnny/gojohnny/cache",
		"github.com/maypok86/otter/v2/...", "github.com/maypok86/otter/v2",
		"golang.org/x/sys/...", "github.com/cespare/xxhash/v2",
	)
}
