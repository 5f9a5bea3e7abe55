package pgquery

import (
	"errors"

	"github.com/gojohnny/gojohnny/sqlparse/internal/lex"
)

// MaxText is the length in bytes above which a text is not parsed: its tree takes
// about a hundred times the text.
const MaxText = 1 << 20

// MaxDepth bounds how deep a text may nest, counted as [Analyzer.Analyze]'s parser could recurse at worst.
//
// The parser writes its tree by recursion in C, where a stack overflow ends the
// program (https://github.com/pganalyze/libpg_query/pull/348): 1 + 1 + 1 ... with
// 20,000 terms does so in the 8 MiB of a thread on Linux or macOS. A level costs about 500
// bytes. Where threads have less than 1 MiB, as with musl, link
// with -extldflags=-Wl,-z,stack-size=1048576.
const MaxDepth = 1000

var (
	errTooLong = errors.New("pgquery: analyze: the text is too long")
	errTooDeep = errors.New("pgquery: analyze: the text is nested too deep")
)

// checkSize refuses what the parser might not survive.
func checkSize(sql string) error {
	if len(sql) > MaxText {
		return errTooLong
	}
	// Every level takes a byte at least.
	if len(sql) > MaxDepth && tooDeep(sql) {
		return errTooDeep
	}
	return nil
}

// A level is what nests between a bracket and its partner, or a CASE and its END.
type level struct {
	bracket bool
	chain   int // tokens since the last separator: a + b + c nests to the left
	sticky  int // JOINs and UNIONs, which nest across separators
}

func (l level) depth() int { return l.chain + l.sticky + 1 }

// A depthMeter adds up the levels that are open. What it counts is at least the
// depth of the parse tree, divided by a small constant: a node below another of the same
// level takes a token behind the last separator, or is counted as sticky.
type depthMeter struct {
	levels []level
	outer  int // the depths of all levels but the last
}

// tooDeep reports whether sql may nest deeper than MaxDepth.
func tooDeep(sql string) bool {
	m := depthMeter{levels: make([]level, 1, 16)}
	scanner := lex.NewScanner(sql)
	for {
		t := scanner.Next()
		switch t.Kind {
		case lex.End:
			return false
		case lex.Doubt:
			return true // the parser may read it in another way
		case lex.Space, lex.LineComment, lex.BlockComment:
			continue
		case lex.Symbol:
			m.symbol(sql[t.Start])
		case lex.Word:
			m.word(sql[t.Start:t.End])
		default:
			m.top().chain++
		}
		if m.outer+m.top().depth() > MaxDepth {
			return true
		}
	}
}

func (m *depthMeter) top() *level { return &m.levels[len(m.levels)-1] }

func (m *depthMeter) push(bracket bool) {
	m.outer += m.top().depth()
	m.levels = append(m.levels, level{bracket: bracket})
}

// pop closes the last level, and before it the CASEs that a bracket's partner cuts off.
func (m *depthMeter) pop(bracket bool) {
	for len(m.levels) > 1 {
		last := m.top().bracket
		if last && !bracket {
			return
		}
		m.levels = m.levels[:len(m.levels)-1]
		m.outer -= m.top().depth()
		if last == bracket {
			return
		}
	}
}

func (m *depthMeter) symbol(c byte) {
	switch c {
	case '(', '[':
		m.push(true)
	case ')', ']':
		m.pop(true)
		m.top().chain++
	case ',':
		m.top().chain = 0
	case ';':
		*m.top() = level{bracket: m.top().bracket}
	default:
		m.top().chain++
	}
}

// words are the keywords that mean something here.
var words = map[string]func(*depthMeter){
	// Lists, however long: a chain of one of them is one node.
	"AND": separate, "OR": separate, "WHEN": separate, "THEN": separate, "ELSE": separate,
	"JOIN": stick, "UNION": stick, "INTERSECT": stick, "EXCEPT": stick,
	"CASE": func(m *depthMeter) { m.push(false) },
	"END":  func(m *depthMeter) { m.pop(false) },
	// BEGIN ATOMIC: a function's body, with statements that nest across semicolons.
	"ATOMIC": func(m *depthMeter) { m.outer += 10 },
}

func separate(m *depthMeter) { m.top().chain = 0 }

func stick(m *depthMeter) {
	m.top().chain = 0
	m.top().sticky++
}

func (m *depthMeter) word(w string) {
	var upper [len("INTERSECT")]byte
	if len(w) <= len(upper) {
		for i := range len(w) {
			upper[i] = w[i]
			if 'a' <= w[i] && w[i] <= 'z' {
				upper[i] -= 'a' - 'A'
			}
		}
		if f, ok := words[string(upper[:len(w)])]; ok {
			f(m)
			return
		}
	}
	m.top().chain++
}
