package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A testCase is a paragraph of a file in testdata:
//
//	# a remark, or "# oracle: why" it is not executed
//	DELETE FROM users
//	=> writes
//	=>   W users -> FK orders_user_id_fkey ON DELETE CASCADE -> orders
//
// The first line of what -update writes is the verdict: cached, or the reasons why not.
type testCase struct {
	remarks []string
	sql     string
	want    string
}

func (c *testCase) executed() bool {
	return !slices.ContainsFunc(c.remarks, func(r string) bool { return strings.HasPrefix(r, "# oracle:") })
}

func corpusFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	return files
}

func readCases(t testing.TB, file string) []testCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []testCase
	for paragraph := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		var c testCase
		var sql, want []string
		for line := range strings.SplitSeq(strings.Trim(paragraph, "\n"), "\n") {
			switch {
			case strings.HasPrefix(line, "#"):
				c.remarks = append(c.remarks, line)
			case strings.HasPrefix(line, "=> "):
				want = append(want, line)
			default:
				sql = append(sql, line)
			}
		}
		c.sql, c.want = strings.Join(sql, "\n"), strings.Join(want, "\n")
		cases = append(cases, c)
	}
	return cases
}

// TestCorpus holds the resolutions to what the files say.
func TestCorpus(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	for _, file := range corpusFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			var out []string
			for _, c := range readCases(t, file) {
				got := ""
				if c.sql != "" {
					got = render(resolve(t, r, c.sql))
				}
				if got != c.want && !*updateFiles {
					t.Errorf("%s\ngot\n%s\nwant\n%s", c.sql, got, c.want)
				}
				parts := slices.DeleteFunc(append(c.remarks, c.sql, got), func(s string) bool { return s == "" })
				out = append(out, strings.Join(parts, "\n"))
			}
			if *updateFiles {
				if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// render makes a resolution readable.
func render(res Resolution) string {
	lines := []string{"=> cached"}
	if len(res.Reasons) > 0 {
		lines[0] = "=> " + joined(res.Reasons)
	}
	if len(res.Opaque) > 0 {
		lines = append(lines, "=>   epoch: "+joined(res.Opaque))
	}
	for _, x := range res.Read {
		lines = append(lines, fmt.Sprintf("=>   R %s: %s", strings.TrimPrefix(x.Tag, "ns/"), x.Path))
	}
	for _, x := range res.Written {
		lines = append(lines, fmt.Sprintf("=>   W %s: %s", strings.TrimPrefix(x.Tag, "ns/"), x.Path))
	}
	return strings.Join(lines, "\n")
}

func joined(reasons []sqlparse.Reason) string {
	var texts []string
	for _, r := range reasons {
		texts = append(texts, r.String())
	}
	return strings.Join(texts, ", ")
}
