package catalog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// TestCorpus holds the resolutions to what the files of testdata say. The first line of
// an expectation is the verdict: cached, or the reasons why not. The remark
// "# oracle: why" says why [TestOracle] does not execute a case.
func TestCorpus(t *testing.T) {
	db := newDatabase(t, "testdata/schema.sql")
	r := db.load(t).Resolver("ns", db.scope(t), nil)
	corpus.Check(t, *updateFiles, db.server, func(sql string) string { return render(resolve(t, r, sql)) })
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
