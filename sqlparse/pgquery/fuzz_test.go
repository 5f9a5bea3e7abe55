//go:build cgo

package pgquery

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// FuzzAnalyze looks for a panic, and for a statement in whose tree stands a command that writes,
// and whose analysis has neither writes nor opaqueness.
func FuzzAnalyze(f *testing.F) {
	for _, sql := range corpus.Texts(f) {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		a, err := New().Analyze(sql)
		if err != nil {
			return
		}
		text, _ := sqlparse.StripComments(sql)
		tree, err := pg.Parse(text)
		if err != nil || len(tree.Stmts) != len(a.Statements) {
			t.Fatalf("got %d statements; the parser has %v, error %v", len(a.Statements), tree, err)
		}
		for i, raw := range tree.Stmts {
			checkStatement(t, &a.Statements[i], raw)
		}
	})
}

// checkStatement holds an analysis to what its contract says and a tree shows.
func checkStatement(t *testing.T, st *sqlparse.Statement, raw *pg.RawStmt) {
	t.Helper()
	if st.Kind == "" {
		t.Error("it has no kind")
	}
	if st.Cacheable() && (st.Kind != sqlparse.Select || len(st.Reads) == 0) {
		t.Errorf("%+v is cacheable", st)
	}
	if !slices.IsSortedFunc(st.Reads, compareRelations) {
		t.Errorf("reads %v are not sorted", st.Reads)
	}
	// What is planned or kept for later writes nothing.
	if st.Kind != "EXPLAIN" && st.Kind != "PREPARE" && st.Kind != "CREATE VIEW" && len(st.Writes) == 0 && !st.Opaque &&
		writesSomewhere(raw.ProtoReflect()) {
		t.Errorf("a statement that writes has %+v", st)
	}
}

// writesSomewhere reports whether a message that writes is in m or below it. It
// shares nothing with the walker.
func writesSomewhere(m protoreflect.Message) bool {
	switch v := m.Interface().(type) {
	case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.TruncateStmt, *pg.IntoClause, *pg.RefreshMatViewStmt:
		return true
	case *pg.MergeStmt:
		return slices.ContainsFunc(v.MergeWhenClauses, func(n *pg.Node) bool {
			return n.GetMergeWhenClause().GetCommandType() != pg.CmdType_CMD_NOTHING
		})
	case *pg.CopyStmt:
		if v.IsFrom {
			return true
		}
	}
	found := false
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				found = found || writesSomewhere(v.List().Get(i).Message())
			}
		default:
			found = found || writesSomewhere(v.Message())
		}
		return !found
	})
	return found
}

// FuzzOracle executes texts on PostgreSQL, as a user who owns nothing, and compares what the
// server changed with the analysis, and what it read where the result would be kept.
func FuzzOracle(f *testing.F) {
	o := newFuzzOracle(f)
	for _, sql := range corpus.Texts(f) {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		a, err := New().Analyze(sql)
		if err != nil || slices.ContainsFunc(a.Statements, notForTheOracle) {
			return
		}
		exec(t, o.conn, "BEGIN")
		defer exec(t, o.conn, "DISCARD ALL")
		defer exec(t, o.conn, "ROLLBACK")
		before := o.touches(t)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := o.conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			if refused := (*pgconn.PgError)(nil); !errors.As(err, &refused) {
				t.Fatal(err)
			}
			return
		}
		o.compare(t, sql, a, before)
	})
}

// notForTheOracle reports whether there is nothing to learn from executing a statement, or it
// would end the transaction, or it locks a sequence as if it wrote.
func notForTheOracle(st sqlparse.Statement) bool {
	return st.Opaque || st.Kind == "COPY" || st.Kind == "ANALYZE" || st.Kind == "REINDEX" ||
		slices.ContainsFunc(st.Controls, func(c sqlparse.Control) bool { return c.Op < sqlparse.Set }) ||
		// What these read or lock is named by a literal, and nobody keeps their results.
		slices.ContainsFunc(st.Functions, func(f sqlparse.Function) bool { return f.Class != sqlparse.Pure && f.Name != "nextval" })
}

func newFuzzOracle(f *testing.F) *oracle {
	o := newOracle(f)
	exec(f, o.conn, `DROP VIEW active_users;
		DROP ROLE IF EXISTS corpus_fuzzer; CREATE ROLE corpus_fuzzer LOGIN PASSWORD 'fuzzer';
		GRANT ALL ON ALL TABLES IN SCHEMA public, sales TO corpus_fuzzer;
		GRANT ALL ON ALL SEQUENCES IN SCHEMA public, sales TO corpus_fuzzer;
		GRANT ALL ON SCHEMA public, sales TO corpus_fuzzer;
		ALTER ROLE corpus_fuzzer SET statement_timeout = '1s'`)
	address, err := url.Parse(o.conn.Config().ConnString())
	if err != nil {
		f.Fatal(err)
	}
	address.User = url.UserPassword("corpus_fuzzer", "fuzzer")
	conn, err := pgx.Connect(context.Background(), address.String())
	if err != nil {
		f.Fatal(err)
	}
	owner := o.conn
	f.Cleanup(func() {
		_ = conn.Close(context.Background())
		exec(f, owner, "DROP OWNED BY corpus_fuzzer; DROP ROLE corpus_fuzzer")
	})
	return &oracle{conn: conn, version: o.version}
}
