//go:build cgo

package pgquery

import (
	"testing"

	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) { testservers.Main(m) }
