package pgquery

import "github.com/gojohnny/gojohnny/sqlparse"

// An Analyzer analyzes PostgreSQL's SQL. It has no state and is safe for concurrent use.
type Analyzer struct{}

var _ sqlparse.Analyzer = (*Analyzer)(nil)

// New returns an Analyzer.
func New() *Analyzer { return &Analyzer{} }
