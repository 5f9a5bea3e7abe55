package parity

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A step is what a program does next, and what a side sees of it.
type step struct {
	text string // for who reads a failure
	run  func(ctx context.Context, s *side) string
}

// A program makes steps of few texts, so that what is read has often been read before, and is often written.
type program struct {
	*rand.Rand // of the step that is made
	mode       pgx.QueryExecMode
	vocabulary
	reading, writing, changing int // statements of a hundred
}

// newProgram returns one that is the same for the same seed.
func newProgram(seed uint64) *program {
	p := &program{Rand: random(seed)}
	p.mode = []pgx.QueryExecMode{
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe,
	}[p.IntN(5)]
	all := vocabularies[p.IntN(len(vocabularies))]
	p.reads = p.some(all.reads, 2+p.IntN(4))
	p.writes = p.some(all.writes, 1+p.IntN(5))
	p.controls = append(p.some(p.allowed(all.controls), 2+p.IntN(8)), p.some(transactions, 3)...)
	p.changes = p.some(all.changes, 1+p.IntN(4))
	p.reading, p.writing = 55+p.IntN(35), 4+p.IntN(10)
	if !p.remembers() { // or pgx sees a change when it sends the query: later behind a cache
		p.changing = p.IntN(4)
	}
	return p
}

// remembers reports whether pgx remembers how a result looks.
func (p *program) remembers() bool {
	return p.mode == pgx.QueryExecModeCacheStatement || p.mode == pgx.QueryExecModeCacheDescribe
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// allowed leaves out what takes prepared statements away from pgx, which then fails with the first that it executes.
func (p *program) allowed(controls []string) []string {
	if p.mode != pgx.QueryExecModeCacheStatement {
		return controls
	}
	return slices.DeleteFunc(slices.Clone(controls), func(sql string) bool { return sql == "DISCARD ALL" || sql == "DEALLOCATE ALL" })
}

func (p *program) one(list []string) string { return list[p.IntN(len(list))] }

func (p *program) some(list []string, n int) (out []string) {
	for range n {
		out = append(out, p.one(list))
	}
	return out
}

// seeds are those of n steps. Each is made by its own, and stays what it is where others are left out.
func (p *program) seeds(n int) (seeds []uint64) {
	for range n {
		seeds = append(seeds, p.Uint64())
	}
	return seeds
}

// step is the one of a seed.
func (p *program) step(seed uint64) step {
	p.Rand = random(seed)
	at := place{p.IntN(sessions+1) - 1, p.IntN(3) > 0}
	switch n := p.IntN(100); {
	case n < 45:
		return p.query(at)
	case n < 60:
		return p.exec(at)
	case n < 65:
		return p.queryRow(at)
	case n < 75:
		return p.several(at)
	case n < 87:
		return p.batch(at)
	case n < 88:
		return p.copyFrom(at)
	case n < 92:
		return p.begin(at)
	case n < 94:
		return p.beginWith(at)
	default:
		return p.end(at)
	}
}

// A place is what a step works on: the pool, a connection, or the innermost transaction that was begun on it by pgx.
type place struct {
	conn int // -1: the pool
	inTx bool
}

func (at place) String() string {
	switch {
	case at.conn < 0:
		return "pool"
	case at.inTx:
		return fmt.Sprintf("conn %d, in its transaction", at.conn)
	}
	return fmt.Sprintf("conn %d", at.conn)
}

func (at place) of(s *side) querier {
	if at.conn < 0 {
		return s.pool
	}
	if txs := s.txs[at.conn]; at.inTx && len(txs) > 0 {
		return txs[len(txs)-1].(querier)
	}
	return s.conns[at.conn]
}

// statement is any at all on a connection. On the pool it neither begins nor sets: which connection
// has it is nobody's promise, and what CALL or a function sets on one is none of the wrapper's.
func (p *program) statement(at place) string {
	n := p.IntN(100)
	switch {
	case at.conn < 0 && n < 80, n < p.reading:
		return p.one(p.reads)
	case at.conn < 0, n < p.reading+p.writing:
		return p.one(p.writes)
	case n < p.reading+p.writing+p.changing:
		return p.one(p.changes)
	}
	return p.one(p.controls)
}

// number is what $1 stands for.
func (p *program) number() int { return 1 + p.IntN(7) }

// arguments are those of a statement.
func arguments(sql string, number int) []any {
	if strings.Contains(sql, "$1") {
		return []any{number}
	}
	return nil
}
