//go:build unix

package staleness

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/faults"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/staleness/judge"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
)

func TestParseFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", ""},
		{"-system advance-after -store memcached -every 0 -schedules 0 -porcupine 0 -json", ""},
		{"-store memory", ""},
		{"-store memory -processes 2", "-processes is 2"},
		{"-store floppy", `-store is "floppy"`},
		{"-system nonsense", `-system is "nonsense"`},
		{"-clients 0", "-clients is 0"},
		{"-rows 1", "-rows is 1"},
		{"-reads NaN", "-reads is NaN"},
		{"-cancel 2", "-cancel is 2"},
		{"-duration 1ms", "-duration is 1ms"},
		{"-ops -1", "-ops is -1"},
		{"-porcupine -1", "-porcupine is -1"},
		{"-schedules -1", "-schedules is -1"},
		{"-lease 1ms", "-lease is 1ms"},
		{"-every 1ms", "-every is 1ms"},
		{"-every 2000000h", "-every is 2000000h"},
		{"-faults nonsense", "-faults names none; want parts of:\n  worker killed at random\n"},
		{"more", `"more" is no flag`},
	} {
		_, err := ParseFlags(strings.Fields(c.args), io.Discard)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got error %v; want %q", c.args, err, c.want)
		}
	}
	if _, err := ParseFlags([]string{"-h"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: got error %v; want the help", err)
	}
}

// TestText: figures stand in one column, whatever is counted, and nothing is at the end of a
// line that nobody sees.
func TestText(t *testing.T) {
	r := Result{
		Config: Config{System: "gojohnny", Store: "redis", Seed: 7}, Checked: 1000, Reads: 900, Stale: 2, OldestNs: 1_500_000, PerMillion: 2222.22,
		Bypasses: 3, Reasons: map[string]uint64{"catalog not read": 3}, FaultCount: 1, Faults: map[faults.Kind]int{faults.Crash: 1},
		Offences: map[judge.Offence]int64{judge.Stale: 2, judge.NotOwn: 1}, Declared: map[string]int64{"why": 5}, Bound: time.Second,
		FailedCache: 1, Porcupine: judge.Sampled{Keys: 8, Illegal: 1}, Schedules: []string{"a schedule\n"}, Errors: []string{"an error"},
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(text.String(), "\n\n")
	list, rest, _ := strings.Cut(list, "\n\n")
	for line := range strings.Lines(list) {
		if line = strings.TrimSuffix(line, "\n"); strings.TrimRight(line, " ") != line || len(line) > 80 {
			t.Errorf("%q has blanks at its end, or more than 80 columns", line)
		}
	}
	for _, want := range []string{
		"operations checked                    1000\n",
		"  catalog not read                       3\n",
		"  database restarted, immediate          1\n",
		"stale reads                              2  2222.22 per million\n",
		"  the longest after                  1.5ms  a later version was known\n",
		"  own write lost                         1\n",
		"  declared                               5  why\n",
	} {
		if !strings.Contains(list, want) {
			t.Errorf("got\n%s\nwithout %q", list, want)
		}
	}
	if want := "a schedule\n\nThe same operations and faults again, though not at the same instants: -seed 7\n\nerror: an error\n"; rest != want {
		t.Errorf("behind the figures: got %q; want %q", rest, want)
	}
	if got, want := r.wrongs(), "1 reads or writes own write lost, 2 reads or writes stale, 1 reads that it made fail, "+
		"1 registers that porcupine finds not linearizable"; got != want {
		t.Errorf("wrongs: got %q; want %q", got, want)
	}
}

// TestSchedule: a stale read is told in the order of what happened, whoever told of the write.
func TestSchedule(t *testing.T) {
	const ms = int64(time.Millisecond)
	tell := storyteller{mix: worker.Mix{Rows: 2}, faults: []faults.Fault{
		{Kind: faults.CutStore, Span: judge.Span{Begin: 4 * ms, End: 5 * ms}},
		{Kind: faults.Kill, Span: judge.Span{Begin: 20 * ms, End: 21 * ms}}, // after it
	}}
	write := history.Record{Kind: history.Write, Outcome: history.Done, Begin: 1 * ms, End: 9 * ms}
	seen := history.Record{Kind: history.Read, Client: 1, Version: 2, Begin: 2 * ms, End: 3 * ms}
	v := judge.Violation{
		Offence: judge.Stale, Op: history.Record{Kind: history.Read, Source: history.Hit, Version: 1, Begin: 6 * ms, End: 7 * ms}, Process: 3,
		Floor: 2, Witness: seen, WitnessProcess: 2, Writer: write, WriterProcess: 1, Age: 3 * ms, Why: "a reason",
	}
	verb := worker.VerbName(0)
	for name, c := range map[string]struct {
		change func(*judge.Violation)
		want   string
	}{
		"told by another read": {func(*judge.Violation) {}, `reg0 1, at 1ms of the run
  1:      0.000 ms  process 1, client 0 (sql): VERB begins
  2:      1.000 ms  process 2, client 1 (pgx): VERB begins
  3:      2.000 ms  process 2, client 1 (pgx): VERB: version 2
  4:      5.000 ms  process 3, client 0 (sql): VERB begins
  5:      6.000 ms  process 3, client 0 (sql): VERB: version 1, hit: stale by 1, 3ms after a later one was known (declared: a reason)
  6:      8.000 ms  process 1, client 0 (sql): VERB: version 2, acknowledged
  fault, from 3.000 to 4.000 ms: store cut off
`},
		"told by its writer": {func(v *judge.Violation) { v.Witness, v.Why = v.Writer, "" }, `reg0 1, at 1ms of the run
  1:      0.000 ms  process 1, client 0 (sql): VERB begins
  2:      5.000 ms  process 3, client 0 (sql): VERB begins
  3:      6.000 ms  process 3, client 0 (sql): VERB: version 1, hit: stale by 1, 3ms after a later one was known
  4:      8.000 ms  process 1, client 0 (sql): VERB: version 2, acknowledged
  fault, from 3.000 to 4.000 ms: store cut off
`},
		"of no known writer": {func(v *judge.Violation) { v.Offence, v.WriterProcess, v.Why = judge.Invented, 0, "" }, `reg0 1, at 6ms of the run
  1:      0.000 ms  process 3, client 0 (sql): VERB begins
  2:      1.000 ms  process 3, client 0 (sql): VERB: version 1, hit: invented
  fault, from -2.000 to -1.000 ms: store cut off
`},
	} {
		t.Run(name, func(t *testing.T) {
			v := v
			c.change(&v)
			if got, want := tell.schedule(v), strings.ReplaceAll(c.want, "VERB", verb); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
