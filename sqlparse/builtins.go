package sqlparse

import (
	_ "embed" // for the table
	"strconv"
	"strings"
	"sync"
)

// builtinsText is PostgreSQL's own functions as its catalog has them.
//
//go:embed builtins.txt
var builtinsText string

// An overload is the numbers of arguments it takes and its class.
type overload struct {
	min, max int // max is -1 for a variadic one
	class    FunctionClass
}

// fits reports whether a call with that many arguments may mean o.
func (o overload) fits(args int) bool {
	return args >= o.min && (o.max < 0 || args <= o.max)
}

// builtins is the table, read at the first call of Classify.
var builtins = sync.OnceValue(func() map[string][]overload {
	table := make(map[string][]overload, 2300)
	for _, text := range []string{builtinsText, newerBuiltins} {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			name, rest, _ := strings.Cut(line, " ")
			for spec := range strings.FieldsSeq(rest) {
				table[name] = append(table[name], parseOverload(name, spec))
			}
		}
	}
	return table
})

// parseOverload reads "1i", "0-7s", "2+v". The table is part of the program, so
// that a malformed one panics, in the first test that runs.
func parseOverload(name, spec string) overload {
	class := Volatile
	switch spec[len(spec)-1] {
	case 'i':
		class = Pure
	case 's':
		class = Ambient
		if scopeOnly[name] {
			class = Pure
		}
	}
	count := spec[:len(spec)-1]
	lo, hi, isRange := strings.Cut(count, "-")
	switch variadic := strings.TrimSuffix(count, "+"); {
	case variadic != count:
		return overload{min: mustInt(variadic), max: -1, class: class}
	case isRange:
		return overload{min: mustInt(lo), max: mustInt(hi), class: class}
	default:
		return overload{min: mustInt(count), max: mustInt(count), class: class}
	}
}

func mustInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("sqlparse: builtins.txt: " + err.Error())
	}
	return n
}

// Classify tells the class of a function from its name as the server would
// store it and how many arguments the call has, counting those of WITHIN GROUP's
// ORDER BY; -1 for (*). It is Unknown for every name outside pg_catalog, for names that
// PostgreSQL does not have, and for numbers of arguments its own functions of that
// name do not take.
//
// A program can define an overload of its own beside PostgreSQL's, with as many
// arguments of other types; only the catalog can tell that one apart.
func Classify(schema, name string, args int) FunctionClass {
	if schema != "" && schema != "pg_catalog" {
		return Unknown
	}
	class := Unknown
	for _, o := range builtins()[name] {
		if o.fits(max(args, 0)) && o.class.danger() > class.danger() {
			class = o.class
		}
	}
	return class
}

// danger orders the classes PostgreSQL's own functions have.
func (c FunctionClass) danger() int {
	switch c {
	case Pure:
		return 1
	case Ambient:
		return 2
	case Volatile:
		return 3
	default:
		return 0
	}
}

// RunsText reports whether a function of PostgreSQL's own executes SQL it is given
// as text, or reads relations it is given by name, so that the text of the call
// does not tell what it reads or writes.
func RunsText(name string, args int) bool {
	n, ok := readsText[name]
	return ok && (n < 0 || n == args)
}
