//go:build unix

package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A Request is a line of JSON on an actor's standard input. Requests run at once, and
// each has a [Reply] when it is over.
type Request struct {
	ID    int
	Do    string
	Text  string   // SQL
	PGX   bool     // through pgx, not database/sql
	Names []string // of tables

	Point  string
	Action Action
}

// What a Request may ask for.
const (
	DoRead       = "read"       // a query that returns a version and the name of its write
	DoWrite      = "write"      // a statement that returns a version
	DoExec       = "exec"       // a statement
	DoArm        = "arm"        // the action, the next time that the process is at the point
	DoGo         = "go"         // ends a Wait
	DoInvalidate = "invalidate" // the tables of these names, or everything if there are none
	DoStats      = "stats"
)

// A Reply is a line of JSON on an actor's standard output.
type Reply struct {
	ID int    // of the request; 0 in a line that says where the process has come to
	At string // the point

	Version, Writer int64
	Source          string // how the cache met the read
	Begin, End      int64  // by [history.Now]
	Refused         bool   // by Strict
	Err             string

	Pending uint64 // what the store has not been told yet
}

// An actor does what its requests say.
type actor struct {
	*program
	mu sync.Mutex // orders the lines on the standard output
}

// act runs an actor until its standard input ends.
func act(ctx context.Context, p *program) error {
	a := &actor{program: p}
	if p.hook != nil {
		p.hook.reached = func(point string) { a.say(Reply{At: point}) }
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var r Request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			return fmt.Errorf("request %q: %w", in.Text(), err)
		}
		if r.Do == DoArm { // before whatever comes next
			p.hook.arm(r.Point, r.Action)
			continue
		}
		go func() { a.say(a.do(ctx, r)) }()
	}
	return in.Err()
}

func (a *actor) say(r Reply) {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // numbers and strings
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = fmt.Printf("%s\n", line) // nobody is left to hear of it
}

// do runs a request.
func (a *actor) do(ctx context.Context, q Request) Reply {
	r := Reply{ID: q.ID, Begin: history.Now()}
	s := target.SQL(a.sql)
	if q.PGX {
		s = target.PGX(a.pgx)
	}
	ctx, p := withProbe(ctx)
	var err error
	switch q.Do {
	case DoRead:
		err = s.Query(ctx, q.Text, nil, func(row target.Row) error { return row.Scan(&r.Version, &r.Writer) })
	case DoWrite:
		err = s.Query(ctx, q.Text, nil, func(row target.Row) error { return row.Scan(&r.Version) })
	case DoExec:
		err = s.Exec(ctx, q.Text, nil)
	case DoGo:
		a.hook.goOn <- struct{}{}
	case DoInvalidate:
		err = a.invalidate(ctx, q.Names)
	case DoStats:
		r.Pending = a.cache.Stats().Protocol.Pending
	default:
		err = fmt.Errorf("no request is called %q", q.Do)
	}
	r.End, r.Source = history.Now(), p.source.String()
	if err != nil {
		r.Err, r.Refused = err.Error(), errors.Is(err, invalidation.ErrRefused)
	}
	return r
}

func (a *actor) invalidate(ctx context.Context, tables []string) error {
	if len(tables) == 0 {
		return a.cache.InvalidateAll(ctx)
	}
	return a.cache.Invalidate(ctx, tables...)
}
