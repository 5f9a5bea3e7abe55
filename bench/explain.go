package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/term"

	"github.com/gojohnny/gojohnny/bench/arguments"
	"github.com/gojohnny/gojohnny/bench/explain"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

const explainUsage = `Usage: go run ./bench explain [flags] "SQL" ...

Says what the cache makes of each SQL text, and why. None of them is run.

  cached   the result is kept until one of the tables is written that it reads
  bypass   the database answers each time; the reason says why
  write    drops what depends on the tables that it writes
  opaque   cannot be seen through, and so drops everything; the remedy says
           what helps

With -db views, foreign keys, triggers, rules, partitions and functions are
followed, and each table comes with the way to it. Without, names are all there
is to go by.

Examples:

  go run ./bench explain 'SELECT * FROM users WHERE id = $1'
        by the text alone
  go run ./bench explain -db postgres://me:secret@localhost/app "DELETE FROM a"
        what else is deleted, and what triggers write
  go run ./bench explain -db 'postgres:///app?search_path=s&role=web' 'TABLE a'
        as another search path and another role make it
  go run ./bench explain -db postgres://localhost/app -f queries.sql
        each statement of a file
  go run ./bench explain -db postgres://localhost/app -declare d.json -f q.sql
        as Options.Declarations would have it, say {"Vouched": ["c"],
        "Functions": [{"Name": "put", "Reads": ["a"], "Writes": ["b"]}]}
  psql -XAtc "SELECT query || ';' FROM pg_stat_statements" app |
      go run ./bench explain -db postgres://localhost/app -f -
        all that a server was asked, from the standard input
  go run ./bench explain -json -f queries.sql |
      jq -r '.statements[] | select(.verdict == "opaque") | .sql'
        for machines; package bench/explain has the fields

The exit status is 0, 1 if a text was not understood or something failed, 2 if
the flags make no sense. Comments in a text count as they do in a program:
/* gojohnny: skip */

Flags:
`

// explainSettings are what explain's flags say.
type explainSettings struct {
	db, file string
	declare  string
	json     bool
	texts    []string
}

func parseExplainFlags(args []string, stderr io.Writer) (explainSettings, error) {
	var s explainSettings
	f := flag.NewFlagSet("explain", flag.ContinueOnError)
	f.StringVar(&s.db, "db", "", "the `URL` of the PostgreSQL whose catalog is asked, postgres://user:password@host:port/database; without one none is")
	f.StringVar(&s.file, "f", "", "explain the statements of a `file`, apart by semicolons; - is the standard input")
	f.StringVar(&s.declare, "declare", "", "believe the declarations in a `file` of JSON, which has the fields of catalog.Declarations; wants -db")
	f.BoolVar(&s.json, "json", false, "print JSON")
	if err := arguments.Parse(f, explainUsage, args, stderr); err != nil {
		return s, ofUsage(err)
	}
	s.texts = f.Args()
	if err := s.check(); err != nil {
		return s, usageError{err}
	}
	return s, nil
}

func (s explainSettings) check() error {
	switch {
	case s.file == "" && len(s.texts) == 0:
		return errors.New("nothing to explain: want SQL, or -f file (see -h)")
	case s.file != "" && len(s.texts) > 0:
		return errors.New("want SQL or -f, not both (see -h)")
	}
	for _, sql := range s.texts {
		if strings.HasPrefix(sql, "-") && !strings.ContainsAny(sql, " \n") {
			return fmt.Errorf("%s stands behind the SQL; flags come first (see -h)", sql)
		}
		if len(sqlparse.Split(sql)) == 0 {
			return fmt.Errorf("nothing to explain: %q holds no statement (see -h)", sql)
		}
	}
	if s.db == "" {
		if s.declare != "" {
			return errors.New("-declare wants -db: without a catalog nothing is followed (see -h)")
		}
		return nil
	}
	if err := target.CheckPostgres(s.db); err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	return nil
}

// explainTexts is the command explain.
func explainTexts(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	s, err := parseExplainFlags(args, stderr)
	if err != nil {
		return err
	}
	texts, err := s.read(stdin)
	if err != nil {
		return err
	}
	declarations, err := s.declarations()
	if err != nil {
		return err
	}
	var conn *pgx.Conn
	if s.db != "" {
		if conn, err = target.Connect(ctx, s.db); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	}
	r, err := explain.Explain(ctx, conn, declarations, texts)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return r.WriteText(w, colourful(w)) }
	if s.json {
		write = r.WriteJSON
	}
	if err := write(stdout); err != nil {
		return err
	}
	if n := r.Unparsable(); n > 0 {
		return fmt.Errorf("%d of %d texts not understood", n, len(texts))
	}
	return nil
}

// read gives the texts to explain.
func (s explainSettings) read(stdin io.Reader) ([]string, error) {
	if s.file == "" {
		return s.texts, nil
	}
	read := func() ([]byte, error) { return os.ReadFile(s.file) }
	if s.file == "-" {
		read = func() ([]byte, error) { return io.ReadAll(stdin) }
	}
	file, err := read()
	if err != nil {
		return nil, err
	}
	texts := sqlparse.Split(string(file))
	if len(texts) == 0 {
		return nil, fmt.Errorf("%s: no statement in it", s.file)
	}
	return texts, nil
}

// declarations gives what is declared, nil if nothing is.
func (s explainSettings) declarations() (*catalog.Declarations, error) {
	if s.declare == "" {
		return nil, nil
	}
	file, err := os.ReadFile(s.declare)
	if err != nil {
		return nil, err
	}
	var d catalog.Declarations
	r := json.NewDecoder(bytes.NewReader(file))
	r.DisallowUnknownFields()
	err = r.Decode(&d)
	if err == nil && r.More() {
		err = errors.New("something stands behind it")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: want the JSON of catalog.Declarations: %w", s.declare, err)
	}
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.declare, err)
	}
	return &d, nil
}

// colourful reports whether w is a terminal whose user wants colour.
// See https://no-color.org.
func colourful(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
