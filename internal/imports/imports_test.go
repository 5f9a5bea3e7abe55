package imports

import (
	"fmt"
	"strings"
	"testing"
)

// A recorder is a test that notes its errors and does not fail.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestImports(t *testing.T) {
	Only(t)
	Never(t, "database/sql", "net/...")
}

func TestOnlyNamesWhatIsNotAllowed(t *testing.T) {
	t.Chdir("../servers")
	Only(t, "github.com/jackc/...", "golang.org/x/...")
	for _, allowed := range [][]string{
		nil,
		{"github.com/jackc/pgx/v5", "github.com/jackc/pgx/v5/...", "golang.org/x/..."},
		{"github.com/jackc/p", "golang.org/x/..."},
	} {
		r := &recorder{TB: t}
		Only(r, allowed...)
		if !strings.Contains(strings.Join(r.errors, "\n"), "depends on github.com/jackc/pgpassfile;") {
			t.Errorf("Only(%q): got %q; want pgpassfile, which pgx imports", allowed, r.errors)
		}
	}
}

func TestNeverNamesWhatIsForbidden(t *testing.T) {
	t.Chdir("../servers")
	r := &recorder{TB: t}
	Never(r, "expvar", "net", "github.com/gojohnny/gojohnny/internal/servers")
	if len(r.errors) != 1 || !strings.HasPrefix(r.errors[0], "depends on net,") {
		t.Errorf("got %q; want net alone", r.errors)
	}
}
