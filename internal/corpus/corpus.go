// Package corpus reads the files of SQL texts, each with what is expected of it, that
// a package has in testdata, and rewrites the expectations. It is for tests only.
package corpus

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A Case is a paragraph of a file:
//
//	# an option, or a remark
//	SELECT a FROM t
//	=> SELECT
//	=>   reads: t
//
// The SQL may take several lines, none of them empty. A paragraph without any is a
// remark on those behind it.
type Case struct {
	Remarks []string // the lines that begin with #
	SQL     string
	Want    string // the lines that begin with "=> "
}

// Option is the rest of the remark "# name: rest", and whether there is one.
func (c *Case) Option(name string) (string, bool) {
	for _, r := range c.Remarks {
		if rest, ok := strings.CutPrefix(r, "# "+name+":"); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

// Needs is the oldest PostgreSQL that takes the SQL, of the remark "# server: 16"; 0 if every one does.
func (c *Case) Needs() int {
	version, _ := c.Option("server")
	n, _ := strconv.Atoi(version)
	return n
}

// Script leaves out of a script the lines that end in "-- server: 14" where the server is
// older than that.
func Script(text string, server int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		_, version, ok := strings.Cut(strings.TrimSpace(line), "-- server: ")
		if n, _ := strconv.Atoi(version); !ok || n <= server {
			b.WriteString(line)
		}
	}
	return b.String()
}

// A File is one of testdata.
type File struct {
	Name  string // without its folder and its ending
	Cases []Case
	path  string
}

// Files reads testdata/*.txt. There is at least one.
func Files(t testing.TB) []File {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	var files []File
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := File{Name: strings.TrimSuffix(filepath.Base(path), ".txt"), path: path}
		for paragraph := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
			f.Cases = append(f.Cases, parse(paragraph))
		}
		files = append(files, f)
	}
	return files
}

func parse(paragraph string) (c Case) {
	var sql, want []string
	for line := range strings.SplitSeq(strings.Trim(paragraph, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "#") && len(sql) == 0:
			c.Remarks = append(c.Remarks, line)
		case strings.HasPrefix(line, "=> "):
			want = append(want, line)
		default:
			sql = append(sql, line)
		}
	}
	c.SQL, c.Want = strings.Join(sql, "\n"), strings.Join(want, "\n")
	return c
}

// Texts are the SQL texts of all files.
func Texts(t testing.TB) []string {
	t.Helper()
	var texts []string
	for _, f := range Files(t) {
		for _, c := range f.Cases {
			if c.SQL != "" {
				texts = append(texts, c.SQL)
			}
		}
	}
	return texts
}

// Check holds what render makes of each SQL text to what the files want, in a subtest
// for each file. With update it rewrites the files instead. A case that the server is too
// old for is left out.
func Check(t *testing.T, update bool, server int, render func(sql string) string) {
	t.Helper()
	for _, f := range Files(t) {
		t.Run(f.Name, func(t *testing.T) {
			var out []string
			for _, c := range f.Cases {
				got := c.Want
				if c.SQL != "" && c.Needs() <= server {
					got = render(c.SQL)
				}
				if got != c.Want && !update {
					t.Errorf("%s\ngot\n%s\nwant\n%s", c.SQL, got, c.Want)
				}
				parts := slices.DeleteFunc(append(c.Remarks, c.SQL, got), func(s string) bool { return s == "" })
				out = append(out, strings.Join(parts, "\n"))
			}
			if update {
				if err := os.WriteFile(f.path, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
