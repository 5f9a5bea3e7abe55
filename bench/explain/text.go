package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gojohnny/gojohnny/bench/lines"
)

// The colours of a terminal: ECMA-48, SGR.
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
	plain  = "\x1b[0m"
)

var colours = map[Verdict]string{Cached: green, Bypass: yellow, Write: cyan, Opaque: red}

// WriteText writes the report for people: a block for each statement, its verdict
// first. Colour is for terminals.
func (r *Report) WriteText(w io.Writer, colour bool) error {
	p := printer{colour: colour}
	if d := r.Database; d != nil {
		p.line(p.in(dim, lines.Wrap(d.Server+", role "+d.Role+", search path "+strings.Join(d.SearchPath, ", "), ", ", "")))
		p.line("")
	}
	for i := range r.Statements {
		p.statement(&r.Statements[i])
		p.line("")
	}
	if len(r.Statements) > 1 {
		p.line(r.summary())
	}
	if r.Unseen != "" {
		p.line(p.in(dim, lines.Wrap(r.Unseen, " ", "")))
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// summary counts the verdicts.
func (r *Report) summary() string {
	counts := map[Verdict]int{}
	for _, s := range r.Statements {
		counts[s.Verdict]++
	}
	words := []string{}
	for _, v := range []Verdict{Cached, Bypass, Write, Opaque} {
		if counts[v] > 0 {
			words = append(words, fmt.Sprint(counts[v], " ", v))
		}
	}
	return fmt.Sprint(len(r.Statements), " statements: ", strings.Join(words, ", "))
}

// A printer lays lines out in three columns: what a line is of, a name, the rest.
type printer struct {
	b      strings.Builder
	colour bool
}

func (p *printer) line(s string) { p.b.WriteString(s + "\n") }

func (p *printer) in(colour, s string) string {
	if !p.colour {
		return s
	}
	return colour + s + plain
}

// row writes a line whose first column is what, in a colour.
func (p *printer) row(colour, what, rest string) {
	p.line(p.in(colour, fmt.Sprintf("%-8s", what)) + rest)
}

// said writes words for people, which may take several lines.
func (p *printer) said(what, words string) {
	p.row(dim, what, lines.Wrap(words, " ", "        "))
}

func (p *printer) statement(s *Statement) {
	p.row(bold+colours[s.Verdict], string(s.Verdict), p.in(bold, shortened(s.SQL)))
	if s.Error != "" {
		p.said("error", s.Error)
	}
	for _, r := range s.Reasons {
		if s.Verdict == Write {
			break // the paths tell
		}
		p.said("reason", r.text())
		if r.Remedy != "" {
			p.said("remedy", r.Remedy)
		}
	}
	p.uses("reads", s.Reads)
	p.uses("writes", s.Writes)
}

func (r *Reason) text() string {
	if r.Detail == "" {
		return r.Code
	}
	return r.Code + ": " + r.Detail
}

// uses writes a line for each table, and one for everything if the text drops that.
func (p *printer) uses(what string, uses []Use) {
	if what == "writes" && slices.ContainsFunc(uses, isEpoch) {
		p.row(dim, what, p.in(red, "everything"))
		return
	}
	width := 0
	for _, u := range uses {
		width = max(width, utf8.RuneCountInString(u.Table))
	}
	for _, u := range uses {
		switch name := u.Table; name {
		case "":
			continue
		case u.Path:
			p.row(dim, what, name)
		default:
			p.row(dim, what, fmt.Sprintf("%-*s  ", width, name)+p.in(dim, u.Path))
		}
		what = ""
	}
}

// longest is how much of a text is printed.
const longest = 200

// shortened is sql on one line, the end of a long one left off, and nothing in it that
// a terminal would obey.
func shortened(sql string) string {
	sql = strings.Join(strings.Fields(sql), " ")
	sql = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, sql)
	if utf8.RuneCountInString(sql) <= longest {
		return sql
	}
	return string([]rune(sql)[:longest-1]) + "…"
}
