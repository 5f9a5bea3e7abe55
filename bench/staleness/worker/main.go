//go:build unix

package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// closeTimeout bounds how long a worker takes to end.
const closeTimeout = 5 * time.Second

// Main runs a worker and exits, if the environment says that this process is one.
func Main() {
	text, ok := os.LookupEnv(Variable)
	if !ok {
		return
	}
	var cfg Config
	err := json.Unmarshal([]byte(text), &cfg)
	if err == nil {
		err = run(cfg)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: worker:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(cfg Config) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	if cfg.Actor {
		return act(ctx, p)
	}
	go p.obey(cancel)

	var wg sync.WaitGroup
	for i := range cfg.Clients {
		wg.Go(func() { newClient(p, i).run(ctx) })
	}
	wg.Go(func() { newClient(p, cfg.Clients).listen(ctx) })
	wg.Go(func() { newClient(p, cfg.Clients+1).watch(ctx) })
	wg.Go(func() { p.report(ctx) })
	wg.Wait()
	p.close()
	return p.tell()
}

// obey does what the lines of the standard input say, and cancels at their end.
func (p *program) obey(cancel func()) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		point, ok := strings.CutPrefix(in.Text(), "die ")
		if !ok {
			break
		}
		if p.hook != nil {
			p.hook.arm(point, Die)
		}
	}
	cancel()
	time.Sleep(2 * closeTimeout)
	os.Exit(1) // something hangs
}

// report tells of the worker each second.
func (p *program) report(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if p.tell() != nil { // nobody is left to hear of it
				return
			}
		}
	}
}

func (p *program) tell() error {
	line, err := json.Marshal(p.figures())
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s\n", line)
	return err
}
