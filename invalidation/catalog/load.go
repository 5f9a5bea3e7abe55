package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Query runs a query over one connection and returns all of its rows. Every column is
// text and none is NULL: a caller asks for the text format, or has the driver
// convert. It is for one goroutine at a time.
type Query func(ctx context.Context, sql string) ([][]string, error)

// ErrChanging is wrapped by the error of a Load during which definitions kept
// changing.
var ErrChanging = errors.New("catalog: definitions changed while they were read")

// loadTries bounds how often Load starts anew.
const loadTries = 3

// Load reads the catalog of the database that query asks, as its role may see it,
// and analyzes the views, rules and functions in it. What the analyzer does not
// understand is opaque; an analyzer that is no [sqlparse.FunctionAnalyzer]
// understands no function.
//
// It takes a time in proportion to the number of definitions. The connection must not be
// in a transaction that changed a definition, nor in one of REPEATABLE READ.
func Load(ctx context.Context, query Query, analyzer sqlparse.Analyzer) (*Snapshot, error) {
	before, err := Fingerprint(ctx, query)
	for range loadTries {
		if err != nil {
			return nil, err
		}
		s, loadErr := load(ctx, query, analyzer)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// A definition that is dropped while it is read is an error of the
		// server's, and one that is replaced a mixture of both.
		var after string
		if after, err = Fingerprint(ctx, query); err != nil {
			return nil, err
		}
		if after == before {
			if loadErr != nil {
				return nil, loadErr
			}
			s.fingerprint = after
			return s, nil
		}
		before = after
	}
	return nil, ErrChanging
}

// Fingerprint digests all that Load reads, in one query that reads it too, but neither
// sends nor analyzes it. When it is another one than [Snapshot.Fingerprint], a
// definition may have changed.
func Fingerprint(ctx context.Context, query Query) (string, error) {
	return one(ctx, query, "fingerprint", fingerprintSQL)
}

// Roles digests what a [Scope] rests on besides definitions and the session's own
// settings, in one query: roles, their memberships, and the settings that sessions start with.
// When it is another one, a living session's search path may have changed, or what its role may see.
func Roles(ctx context.Context, query Query) (string, error) {
	return one(ctx, query, "roles", rolesSQL)
}

// one asks for one text.
func one(ctx context.Context, query Query, what, sql string) (string, error) {
	rows, err := query(ctx, sql)
	if err != nil {
		return "", fmt.Errorf("catalog: %s: %w", what, err)
	}
	if len(rows) != 1 || len(rows[0]) != 1 || rows[0][0] == "" {
		return "", fmt.Errorf("catalog: %s: the answer is not one text", what)
	}
	return rows[0][0], nil
}

func load(ctx context.Context, query Query, analyzer sqlparse.Analyzer) (*Snapshot, error) {
	l := newLoader(analyzer)
	for _, step := range []struct {
		name, sql string
		columns   int
		row       func(row)
	}{
		{"schemas", schemasSQL, 3, l.schema},
		{"search path", loadPathSQL, 1, l.loadPath},
		{"relations", relationsSQL, 9, l.relation},
		{"inheritance", inheritsSQL, 2, l.inherits},
		{"functions", functionsSQL, 17, l.function},
		{"aggregates", aggregatesSQL, 3, l.aggregate},
		{"functions of functions", functionCallsSQL, 2, l.functionCall},
		{"operators", operatorsSQL, 4, l.operator},
		{"types", typesSQL, 3, l.typeName},
		{"functions of types", typeFunctionsSQL, 2, l.typeFunction},
		{"functions of domains", domainFunctionsSQL, 2, l.domainFunction},
		{"types of columns", columnTypesSQL, 2, l.columnType},
		{"types of functions", functionTypesSQL, 2, l.functionType},
		{"traits of types", typeTraitsSQL, 6, l.typeTrait},
		{"columns", columnsSQL, 2, l.columnList},
		{"results", resultsSQL, 4, l.result},
		{"foreign keys", foreignKeysSQL, 7, l.foreignKey},
		{"triggers", triggersSQL, 6, l.trigger},
		{"event triggers", eventTriggersSQL, 3, l.eventTrigger},
		{"views", viewsSQL, 2, l.view},
		{"rules", rulesSQL, 5, l.rule},
		{"dependencies", dependenciesSQL, 5, l.dependency},
	} {
		rows, err := query(ctx, step.sql)
		if err != nil {
			return nil, fmt.Errorf("catalog: load %s: %w", step.name, err)
		}
		for _, r := range rows {
			if len(r) != step.columns {
				return nil, fmt.Errorf("catalog: load %s: got %d columns, want %d", step.name, len(r), step.columns)
			}
			step.row(row(r))
		}
	}
	return l.finish(), nil
}
