package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/bench/explain"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestExplainForPeople(t *testing.T) {
	status, stdout, stderr := runBench(t, "explain", "DELETE FROM users", "SELECT now() FROM users")
	const want = "write   DELETE FROM users\nwrites  users\n\n" +
		"bypass  SELECT now() FROM users\nreason  time or session: now\nremedy  pass the time or the user as an argument instead\n\n" +
		"2 statements: 1 bypass, 1 write\n"
	if status != exitOK || !strings.HasPrefix(stdout, want) || stderr != "" {
		t.Errorf("status %d, output\n%s\nwant\n%s\ndiagnostics %q", status, stdout, want, stderr)
	}
}

func TestExplainForMachines(t *testing.T) {
	db := testservers.Postgres(t).URL()
	file := filepath.Join(t.TempDir(), "queries.sql")
	if err := os.WriteFile(file, []byte("SELECT * FROM pg_class; -- a; b\n\nSELECT 1;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := runBench(t, "explain", "-db", db, "-json", "-f", file)
	var r explain.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || status != exitOK {
		t.Fatalf("status %d, %v, %s", status, err, stderr)
	}
	if r.Database == nil || r.Database.Role == "" || r.Unseen != "" || len(r.Statements) != 2 {
		t.Fatalf("got %+v", r)
	}
	if got := r.Statements[0].Reasons[0].Code; got != "system catalog" {
		t.Errorf("pg_class: got %q; want system catalog", got)
	}
}

func TestExplainReadsStandardInput(t *testing.T) {
	var out bytes.Buffer
	err := explainTexts(t.Context(), []string{"-f", "-"}, strings.NewReader("TABLE a; TABLE b"), &out, &out)
	if err != nil || !strings.Contains(out.String(), "reads   a\n") || !strings.Contains(out.String(), "reads   b\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// Several statements in one text are one text, as they are to a program.
func TestExplainSeveralStatementsInOneText(t *testing.T) {
	status, stdout, _ := runBench(t, "explain", "SELECT * FROM a; DELETE FROM b; SELECT * FROM c")
	if status != exitOK || !strings.HasPrefix(stdout, "write ") || !strings.Contains(stdout, "writes  b\n") {
		t.Errorf("status %d\n%s", status, stdout)
	}
	status, stdout, _ = runBench(t, "explain", "SELECT * FROM a; SELECT * FROM c")
	if status != exitOK || !strings.Contains(stdout, "reason  several statements\nremedy  send one statement at a time\n") {
		t.Errorf("status %d\n%s", status, stdout)
	}
}

func TestExplainSaysWhatIsWrong(t *testing.T) {
	empty, called := filepath.Join(t.TempDir(), "empty.sql"), filepath.Join(t.TempDir(), "called.json")
	for name, text := range map[string]string{empty: "-- nothing;\n", called: `{"Functions": [{"Name": "total()"}]}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{}, exitUsage, "nothing to explain"},
		{[]string{"SELECT 1", " /* nothing */ "}, exitUsage, "nothing to explain: "},
		{[]string{"-db", "postgres://127.0.0.1:1/app", "-declare", empty, "SELECT 1"}, exitFailed, "empty.sql: want the JSON of catalog.Declarations: "},
		{[]string{"-db", "postgres://127.0.0.1:1/app", "-declare", called, "SELECT 1"}, exitFailed, `called.json: catalog: "total()" is no name of a function`},
		{[]string{"-nonsense", "SELECT 1"}, exitUsage, "flag provided but not defined"},
		{[]string{"SELECT 1", "-json"}, exitUsage, "-json stands behind the SQL; flags come first"},
		{[]string{"-f", "x.sql", "SELECT 1"}, exitUsage, "not both"},
		{[]string{"-db", "sqlite", "SELECT 1"}, exitUsage, "-db: want postgres://"},
		{[]string{"-db", "postgres://me:secret@host:x/app", "SELECT 1"}, exitUsage, "-db: not a URL"},
		{[]string{"-db", "postgres://me:secret@127.0.0.1:1/app", "SELECT 1"}, exitFailed, "127.0.0.1:1/app: "},
		{[]string{"-f", "no/such.sql"}, exitFailed, "open no/such.sql: no such file"},
		{[]string{"-f", empty}, exitFailed, "empty.sql: no statement in it"},
	} {
		status, stdout, stderr := runBench(t, append([]string{"explain"}, c.args...)...)
		if status != c.status || stdout != "" || !strings.HasPrefix(stderr, "bench: ") || !strings.Contains(stderr, c.want) ||
			strings.Count(stderr, "\n") != 1 || strings.Contains(stderr, "secret") {
			t.Errorf("%v: status %d, output %q, diagnostics %q; want status %d and one line with %q", c.args, status, stdout, stderr, c.status, c.want)
		}
	}
}

// What is declared in a file is believed.
func TestExplainDeclarations(t *testing.T) {
	db := testservers.Postgres(t).URL()
	conn, err := pgx.Connect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.Exec(t.Context(), `CREATE TABLE a (x int); CREATE TABLE b (x int);
		CREATE FUNCTION put(x int) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE ''INSERT INTO b VALUES ('' || x || '')''; END'`)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "declarations.json")
	for _, c := range []struct{ declared, verdict, writes string }{
		{`{}`, "opaque", ""},
		{`{"Functions": [{"Name": "put", "Reads": ["a"], "Writes": ["b"]}]}`, "write", "public.b"},
	} {
		if err := os.WriteFile(file, []byte(c.declared), 0o600); err != nil {
			t.Fatal(err)
		}
		status, stdout, stderr := runBench(t, "explain", "-db", db, "-declare", file, "SELECT put(1)")
		if status != 0 || !strings.Contains(stdout, "\n"+c.verdict+" ") || !strings.Contains(stdout, c.writes) {
			t.Errorf("%s: got status %d\n%s%s\nwant %s %s", c.declared, status, stdout, stderr, c.verdict, c.writes)
		}
	}
	for declared, want := range map[string]string{`{"Function": []}`: "Function", `{} {}`: "something stands behind it"} {
		if err := os.WriteFile(file, []byte(declared), 0o600); err != nil {
			t.Fatal(err)
		}
		status, _, stderr := runBench(t, "explain", "-db", db, "-declare", file, "SELECT 1")
		if status == 0 || !strings.Contains(stderr, "declarations.json: ") || !strings.Contains(stderr, want) {
			t.Errorf("%s: got status %d and %q; want the file named, and %q", declared, status, stderr, want)
		}
	}
}

// What is not understood is explained as well, and fails.
func TestExplainOfNonsense(t *testing.T) {
	status, stdout, stderr := runBench(t, "explain", "SELECT * FROM a", "SELEC")
	if status != exitFailed || stderr != "bench: 1 of 2 texts not understood\n" || !strings.Contains(stdout, "opaque  SELEC\nerror ") {
		t.Errorf("status %d, diagnostics %q, output\n%s", status, stderr, stdout)
	}
}

func TestExplainHelpTeaches(t *testing.T) {
	var b strings.Builder
	if err := explainTexts(context.Background(), []string{"-h"}, nil, nil, &b); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("got %v; want %v", err, flag.ErrHelp)
	}
	for _, want := range []string{"Examples:", "exit status", "-db", "-f", "-json", "cached", "bypass", "write", "opaque"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("help lacks %q", want)
		}
	}
}
