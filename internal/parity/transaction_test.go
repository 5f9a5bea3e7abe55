package parity

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// options are of transactions, some with statements that a program may begin and end them by.
var options = []pgx.TxOptions{
	{IsoLevel: pgx.RepeatableRead},
	{IsoLevel: pgx.Serializable},
	{AccessMode: pgx.ReadOnly},
	{BeginQuery: "BEGIN ISOLATION LEVEL READ COMMITTED"},
	{BeginQuery: "BEGIN; SET LOCAL search_path = s2"},
	{IsoLevel: pgx.ReadCommitted, CommitQuery: "COMMIT AND CHAIN"},
	{CommitQuery: "UPDATE a SET v = v + 1; COMMIT"},
}

// begin begins a transaction on a connection, or within the innermost one.
func (p *program) begin(at place) step {
	at = place{max(at.conn, 0), true}
	return step{fmt.Sprintf("%v: Begin", at), func(ctx context.Context, s *side) string {
		return s.begun(at, func() (pgx.Tx, error) { return at.of(s).Begin(ctx) })
	}}
}

// beginWith begins the outermost.
func (p *program) beginWith(at place) step {
	at = place{conn: max(at.conn, 0)}
	o := options[p.IntN(len(options))]
	return step{fmt.Sprintf("%v: BeginTx %+v", at, o), func(ctx context.Context, s *side) string {
		if len(s.txs[at.conn]) > 0 {
			return "in a transaction already"
		}
		return s.begun(at, func() (pgx.Tx, error) { return s.conns[at.conn].BeginTx(ctx, o) })
	}}
}

func (s *side) begun(at place, begin func() (pgx.Tx, error)) string {
	tx, err := begin()
	if err == nil {
		s.txs[at.conn] = append(s.txs[at.conn], tx)
	}
	return seenError(err)
}

// end ends a transaction, perhaps past those within it.
func (p *program) end(at place) step {
	at = place{conn: max(at.conn, 0)}
	commit, outwards := p.IntN(3) > 0, p.IntN(4)
	return step{fmt.Sprintf("%v: end of its transaction, %d outwards, by Commit: %v", at, outwards, commit), func(ctx context.Context, s *side) string {
		txs := s.txs[at.conn]
		if len(txs) == 0 {
			return "in no transaction"
		}
		i := max(0, len(txs)-1-outwards)
		s.txs[at.conn] = txs[:i]
		if commit {
			return seenError(txs[i].Commit(ctx))
		}
		return seenError(txs[i].Rollback(ctx))
	}}
}
