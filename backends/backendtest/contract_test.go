package backendtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// unproven are the sentences of the contract that no store can be tested for, and
// why.
var unproven = map[string]string{
	"A TagState is what Load finds at one tag at one instant.":                                                                        "a definition",
	"A Generation is the version of what a tag stands for.":                                                                           "a definition",
	"A lock protects nothing but the load, the database's and the store's: two holders at once are harmless, and a lost lock is too.": "a promise of the cache's, not the store's",
	"Where a Store is no Locker, each process elects its own.":                                                                        "the cache's affair",
	"ttl is positive.":     "a promise of the caller's",
	"tag is none of tags.": "likewise",
	"Where a Store is no Looker, a Load comes after: see [FenceAndLook] and [LiftAndLook].": "the caller's affair",
}

// TestEverySentenceIsCovered compares the sentences of the contract with those that
// the subtests quote, both ways.
func TestEverySentenceIsCovered(t *testing.T) {
	quoted := map[string]bool{}
	for _, st := range subtests() {
		for _, s := range st.sentences {
			quoted[s] = true
		}
	}
	contract := map[string]bool{}
	for _, s := range contractSentences(t) {
		contract[s] = true
		if _, ok := unproven[s]; !ok && !quoted[s] {
			t.Errorf("no subtest stands for %q", s)
		}
	}
	for s := range quoted {
		if !contract[s] {
			t.Errorf("a subtest quotes %q, which the contract does not say", s)
		}
	}
	for s := range unproven {
		if !contract[s] {
			t.Errorf("unproven has %q, which the contract does not say", s)
		}
	}
}

// contractSentences returns what the comments of the contract's types say, sentence
// by sentence.
func contractSentences(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../store.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		switch gen.Specs[0].(*ast.TypeSpec).Name.Name {
		case "Store", "Looker", "Locker", "Generation", "TagState":
		default:
			continue
		}
		all = append(all, sentences(gen.Doc.Text())...)
		ast.Inspect(gen, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok {
				all = append(all, sentences(field.Doc.Text())...)
				all = append(all, sentences(field.Comment.Text())...)
			}
			return true
		})
	}
	return all
}

var sentenceEnd = regexp.MustCompile(`\.\s+`)

func sentences(comment string) []string {
	text := sentenceEnd.ReplaceAllString(comment, ".\x00")
	var all []string
	for s := range strings.SplitSeq(text, "\x00") {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			all = append(all, s)
		}
	}
	return all
}
