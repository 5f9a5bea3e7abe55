package explain

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

// namespace is the one that a cache.Options without a Namespace has.
const namespace = "default"

// unseen is what the text of a statement does not tell.
const unseen = "Without a database (-db) every name is taken for a table. Not seen: views, foreign keys, triggers, rules, partitions, " +
	"row security, functions, and what is behind defaults, operators and casts."

// An explainer explains texts for one session, or for none.
type explainer struct {
	cache    *cache.Cache
	analyzer sqlparse.Analyzer
	resolver *catalog.Resolver // nil: no database
}

// Explain explains each text as the cache would take it if it were sent over conn; nil
// is no database, and nil declarations are none. It runs none of them.
func Explain(ctx context.Context, conn *pgx.Conn, declarations *catalog.Declarations, texts []string) (*Report, error) {
	store, err := memstore.New(nil)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	analyzer := pgquery.New()
	e := explainer{cache: cache.New(store, analyzer, nil), analyzer: analyzer}
	r := &Report{Format: format, Unseen: unseen}
	if conn != nil {
		if e.resolver, r.Database, err = loadCatalog(ctx, conn, declarations, analyzer); err != nil {
			return nil, err
		}
		r.Unseen = ""
	}
	for _, sql := range texts {
		r.Statements = append(r.Statements, e.explain(ctx, sql))
	}
	return r, e.cache.Close(ctx)
}

func (e *explainer) explain(ctx context.Context, sql string) Statement {
	by := e.cache.Explain(ctx, sql)
	s := Statement{SQL: by.SQL, Error: by.Error, Reasons: []Reason{}, Reads: []Use{}, Writes: []Use{}}
	if analysis, err := e.analyzer.Analyze(by.SQL); err == nil && e.resolver != nil {
		res := e.resolver.Resolve(analysis)
		s.resolved(&res, by)
	} else {
		s.static(by)
	}
	switch {
	case slices.ContainsFunc(s.Writes, isEpoch):
		s.Verdict = Opaque
	case len(s.Writes) > 0:
		s.Verdict = Write
		for i := range s.Reasons {
			s.Reasons[i].Remedy = ""
		}
	case len(s.Reasons) > 0:
		s.Verdict = Bypass
	default:
		s.Verdict = Cached
	}
	return s
}
