//go:build !cgo

package pgquery

import (
	"errors"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
)

func TestWithoutCgo(t *testing.T) {
	if a, err := New().Analyze("SELECT 1"); a != nil || !errors.Is(err, sqlparse.ErrNoCgo) {
		t.Errorf("got %+v, %v; want %v", a, err, sqlparse.ErrNoCgo)
	}
}
