//go:build unix

package declared

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteText writes the findings as a table in Markdown.
func WriteText(w io.Writer, all []Finding) error {
	var s strings.Builder
	s.WriteString("| case | what is done | stale of reads | the longest after | declared bound | within | with the remedy |\n")
	s.WriteString("|---|---|---|---|---|---|---|\n")
	for _, f := range all {
		if f.NotRun != "" {
			fmt.Fprintf(&s, "| %s | %s | | | | | not run: %s |\n", f.Name, f.Done, f.NotRun)
			continue
		}
		within := "yes"
		if !f.Holds() {
			within = "**no**"
		}
		fmt.Fprintf(&s, "| %s | %s | %d of %d | %s | %s: %s | %s | %s |\n", f.Name, f.Done, f.Produced.Stale, f.Produced.Reads,
			rounded(f.Produced.Longest), f.Bound, rounded(f.Produced.Allowed), within, f.remedy())
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// Line is a finding in a line.
func (f *Finding) Line() string {
	if f.NotRun != "" {
		return fmt.Sprintf("%s: not run: %s", f.Name, f.NotRun)
	}
	verdict := "as declared"
	if !f.Holds() {
		verdict = fmt.Sprintf("NOT as declared: %d stale reads after the bound", f.Produced.Late)
	}
	return fmt.Sprintf("%s: %d of %d reads stale, for %v of %v; %s; %s", f.Name, f.Produced.Stale, f.Produced.Reads,
		rounded(f.Produced.Longest), rounded(f.Produced.Allowed), f.remedy(), verdict)
}

func (f *Finding) remedy() string {
	if f.Remedied == nil {
		return ""
	}
	return fmt.Sprintf("%s: %d of %d", f.Remedy, f.Remedied.Stale, f.Remedied.Reads)
}

func rounded(d time.Duration) string { return d.Round(time.Millisecond).String() }
