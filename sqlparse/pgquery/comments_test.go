//go:build cgo

package pgquery

import (
	"reflect"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// meaning is the parse tree of a text without the positions in it, nil if there is none.
func meaning(t *testing.T, sql string) *pg.ParseResult {
	t.Helper()
	if strings.IndexByte(sql, 0) >= 0 || checkSize(sql) != nil {
		t.Skip("not for the parser")
	}
	tree, err := pg.Parse(sql)
	if err != nil {
		return nil
	}
	clearPositions(reflect.ValueOf(tree))
	return tree
}

// clearPositions zeroes the positions in a message and below it.
func clearPositions(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			clearPositions(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			clearPositions(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch f := v.Type().Field(i); {
			case !f.IsExported():
			case f.Name == "Location" || f.Name == "StmtLocation" || f.Name == "StmtLen":
				v.Field(i).SetZero()
			default:
				clearPositions(v.Field(i))
			}
		}
	}
}

// checkStripped asks the parser whether a text it understands means the same without its
// comments.
func checkStripped(t *testing.T, sql string) {
	t.Helper()
	stripped, _ := sqlparse.StripComments(sql)
	if again, _ := sqlparse.StripComments(stripped); again != stripped {
		t.Errorf("%q: got %q, and from that %q", sql, stripped, again)
	}
	want := meaning(t, sql)
	if want == nil {
		return // for the server to judge, see Analyze
	}
	if got := meaning(t, stripped); got == nil || !proto.Equal(got, want) {
		t.Fatalf("%q does not mean what %q does", stripped, sql)
	}
	if same, _ := sqlparse.StripComments(sql + " --x"); same == sql+" --x" {
		return // a text that servers read differently is left alone
	}
	for _, more := range []string{sql + "--x", sql + "\n/*x*/ ", "/*x*/" + sql, "--x\n" + sql} {
		if got, _ := sqlparse.StripComments(more); got != stripped {
			t.Errorf("%q: got %q; want %q", more, got, stripped)
		}
	}
}

// commented are texts about the comments' borders with what is around them.
var commented = []string{
	"SELECT 'a' --x\n 'b'", "SELECT 'a' /*x*/\n 'b'", "SELECT E'a' --x\n '\\'--'", "SELECT E'a' /*x*/ '\\'--'",
	"SELECT U&'\\0061' --x\n '\\0062' UESCAPE '!'", "SELECT B'1' --x\n '0'", "SELECT $$--$$ -- x", "SELECT $a$/*$a$ /*x*/",
	"SELECT a$b$ /* $b$ */ FROM t", "SELECT $1/*x*/$2", "SELECT 1 +--x\n2", "SELECT 1 @-/*x*/-1", "SELECT 1 /**/* 2", "SELECT 2/**//**/ /1",
	"SELECT 1/**/.5", "SELECT 1./**/5", "SELECT 1e--5", "SELECT 1e/**/5", "SELECT 0x/**/1F", "SELECT a./**/b", "SELECT a:/**/:int", "SELECT a::/**/int",
	"SELECT E/**/'a\\'", "SELECT U/**/&'a'", "SELECT 'a'/**/'b'", `SELECT "a"/**/"b"`, `SELECT U&"a" /*x*/ UESCAPE '!'`,
	"/*/**/*/SELECT 1", "SELECT 1;--x", "SELECT--x\r1", "SELECT 1--x\r\n,2", "SELECT/*\n*/1", "SELECT 1/*x*/;/*y*/SELECT 2",
	"SELECT 1 </*x*/= 2", "SELECT 1 = /*x*/-1", "SELECT 1 =/*x*/- 1", "SELECT 1 =-/*x*/1", "SELECT 1 =- 1", "SELECT a[/*x*/1/*y*/]",
	"SELECT N'a' --x\n'b'", "SELECT X'1' /*\n*/ 'F'", "SELECT 1\v/*x*/,2", "SELECT 'a' --x\n\n\t--y\n'b'", "SELECT 'a' --x\n/*y*/'b'", "SELECT 1_/**/000",
}

func TestStrippedTextsMeanTheSame(t *testing.T) {
	for _, sql := range append(commented, corpus.Texts(t)...) {
		checkStripped(t, sql)
	}
}

// between puts a comment behind every token of a text, if it can be scanned.
func between(sql, comment string) string {
	scan, err := pg.Scan(sql)
	if err != nil {
		return sql
	}
	var b strings.Builder
	last := 0
	for _, token := range scan.Tokens {
		b.WriteString(sql[last:token.End] + comment)
		last = int(token.End)
	}
	return b.String() + sql[last:]
}

// TestCommentsBetweenAllTokens puts comments between every two tokens of the corpus.
func TestCommentsBetweenAllTokens(t *testing.T) {
	for _, sql := range corpus.Texts(t) {
		want := meaning(t, sql)
		for _, comment := range []string{"/*'*/", " --\"\n", " /* /* $$ */ */\n"} {
			commented := between(sql, comment)
			stripped, _ := sqlparse.StripComments(commented)
			if got := meaning(t, stripped); !proto.Equal(got, want) {
				t.Errorf("%q does not mean what %q does", stripped, sql)
			}
			if got, want := render(New().Analyze(commented)), render(New().Analyze(sql)); got != want {
				t.Errorf("%q: got\n%s\nwant\n%s", commented, got, want)
			}
		}
	}
}

func FuzzStripComments(f *testing.F) {
	for _, sql := range append(commented, corpus.Texts(f)...) {
		f.Add(sql)
	}
	f.Fuzz(checkStripped)
}
