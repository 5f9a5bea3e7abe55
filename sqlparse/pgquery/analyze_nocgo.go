//go:build !cgo

package pgquery

import (
	"fmt"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// Analyze fails: PostgreSQL's parser is written in C.
func (*Analyzer) Analyze(string) (*sqlparse.Analysis, error) {
	return nil, fmt.Errorf("pgquery: analyze: %w", sqlparse.ErrNoCgo)
}
