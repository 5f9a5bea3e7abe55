package parity

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A call is a statement as one of pgx's methods is given it.
type call struct {
	sql  string
	args []any // the mode among them, if it is not the pool's
}

func (p *program) call(at place) call {
	sql := p.statement(at)
	c := call{sql: sql, args: arguments(sql, p.number())}
	modes := []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec}
	if n := p.IntN(2 * len(modes)); n < len(modes) {
		c.args = append([]any{modes[n]}, c.args...)
	}
	return c
}

func (c call) String() string { return fmt.Sprintf("%q %v", c.sql, c.args) }

// query reads a result, at times without its end.
func (p *program) query(at place) step {
	c, most := p.call(at), -1
	if p.IntN(6) == 0 {
		most = p.IntN(2)
	}
	return step{fmt.Sprintf("%v: Query %v, %d rows of it", at, c, most), func(ctx context.Context, s *side) string {
		rows, err := at.of(s).Query(ctx, s.texts.Replace(c.sql), c.args...)
		return seenRows(rows, err, most)
	}}
}

func (p *program) exec(at place) step {
	c := p.call(at)
	return step{fmt.Sprintf("%v: Exec %v", at, c), func(ctx context.Context, s *side) string {
		tag, err := at.of(s).Exec(ctx, s.texts.Replace(c.sql), c.args...)
		return fmt.Sprintf("%s, %s", tag, seenError(err))
	}}
}

func (p *program) queryRow(at place) step {
	c := p.call(at)
	return step{fmt.Sprintf("%v: QueryRow %v", at, c), func(ctx context.Context, s *side) string {
		var v any
		err := at.of(s).QueryRow(ctx, s.texts.Replace(c.sql), c.args...).Scan(&v)
		return fmt.Sprintf("%v, %s", v, seenError(err))
	}}
}

// several are statements in one text.
func (p *program) several(at place) step {
	var list []string
	for range 1 + p.IntN(4) {
		list = append(list, strings.ReplaceAll(p.statement(at), "$1", strconv.Itoa(p.number())))
	}
	sql := strings.Join(list, "; ")
	if at.conn >= 0 && p.IntN(3) == 0 {
		sql = "BEGIN; " + sql + "; " + p.one([]string{"COMMIT", "ROLLBACK", "COMMIT; BEGIN", "COMMIT; SELECT 1"})
	}
	if p.IntN(2) == 0 {
		return step{fmt.Sprintf("%v: Exec of several %q", at, sql), func(ctx context.Context, s *side) string {
			tag, err := at.of(s).Exec(ctx, s.texts.Replace(sql), pgx.QueryExecModeSimpleProtocol)
			return fmt.Sprintf("%s, %s", tag, seenError(err))
		}}
	}
	return step{fmt.Sprintf("%v: Query of several %q", at, sql), func(ctx context.Context, s *side) string {
		rows, err := at.of(s).Query(ctx, s.texts.Replace(sql), pgx.QueryExecModeSimpleProtocol)
		return seenRows(rows, err, -1)
	}}
}

// copyFrom copies rows, one of which may be refused.
func (p *program) copyFrom(at place) step {
	rows := [][]any{{p.number()}, {p.number()}}
	if p.IntN(3) == 0 {
		rows = append(rows, []any{5000})
	}
	return step{fmt.Sprintf("%v: CopyFrom %v", at, rows), func(ctx context.Context, s *side) string {
		n, err := at.of(s).CopyFrom(ctx, pgx.Identifier{"c"}, []string{"v"}, pgx.CopyFromRows(rows))
		return fmt.Sprintf("%d, %s", n, seenError(err))
	}}
}
