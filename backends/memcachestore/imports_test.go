package memcachestore

import (
	"testing"

	"github.com/gojohnny/gojohnny/internal/imports"
)

// TestImports: a memcached user's build contains no Redis, no parser and no driver.
func TestImports(t *testing.T) {
	imports.Only(
		t,
		"github.com/gojohnny/gojohnny/backends",
		"github.com/gojohnny/gojohnny/backends/breaker",
		"github.com/gojohnny/gojohnny/backends/compress",
		"github.com/klauspost/compress/...",
		"github.com/bradfitz/gomemcache/memcache",
	)
}
