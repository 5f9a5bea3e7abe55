//go:build unix

package history

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

const helperVariable = "GOJOHNNY_TEST_LOG"

// TestLogOutlivesSIGKILL has another process note something and kill itself.
func TestLogOutlivesSIGKILL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperNotes$")
	cmd.Env = append(os.Environ(), helperVariable+"="+path)
	err := cmd.Run()
	if cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the other process: %v; want it killed", err)
	}
	got, err := ReadLog(path)
	if err != nil || len(got) != 3 {
		t.Fatalf("got %d records, %v; want 3", len(got), err)
	}
	if w := got[0]; w.Outcome != Done || w.Version != 7 || w.Key != 3 || w.End < w.Begin || w.Begin == 0 {
		t.Errorf("a write that was acknowledged: got %+v", w)
	}
	if w := got[1]; w.Kind != Write || w.Outcome != Unknown || w.End != 0 || ID(w.Writer).Slot() != 1 || ID(w.Writer).Process() != 5 {
		t.Errorf("a write that was not: got %+v", w)
	}
	if r := got[2]; r.Kind != Read || r.Source != Hit || r.Version != 7 || r.Begin < got[0].End {
		t.Errorf("a read: got %+v", r)
	}
}

// TestHelperNotes is the other process.
func TestHelperNotes(t *testing.T) {
	path := os.Getenv(helperVariable)
	if path == "" {
		t.SkipNow() // part of TestLogOutlivesSIGKILL
	}
	l, err := Create(path, 5)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := l.Begin(3, 0, 1), l.Begin(4, 0, 1)
	first.Version(7)
	first.End(Done)
	l.Add(Record{Kind: Read, Outcome: Done, Source: Hit, Key: 3, Version: 7, Writer: int64(first.ID), Begin: Now(), End: Now()})
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {}
}

func TestNoLogIsEmpty(t *testing.T) {
	got, err := ReadLog(filepath.Join(t.TempDir(), "none"))
	if err != nil || len(got) != 0 {
		t.Errorf("got %d records, %v; want none: the process was killed before it made one", len(got), err)
	}
}
