// Package lines breaks text into lines that a terminal of 80 columns shows whole.
package lines

import (
	"strings"
	"unicode/utf8"
)

// Width is how many columns a line has.
const Width = 80

// Wrap breaks text behind separators, whose blanks go where a line ends. The lines
// begin with indent; of the first one it is taken to be there. What stands between two
// separators is left whole, however long.
func Wrap(text, separator, indent string) string {
	mark := strings.TrimRight(separator, " ") // it stays at the end of a line
	blanks := separator[len(mark):]
	parts := strings.Split(text, separator)
	for i := range parts[:len(parts)-1] {
		parts[i] += mark
	}
	var b strings.Builder
	column := utf8.RuneCountInString(indent)
	for i, part := range parts {
		n := utf8.RuneCountInString(part)
		switch {
		case i == 0:
		case column+len(blanks)+n <= Width:
			b.WriteString(blanks)
			column += len(blanks)
		default:
			b.WriteString("\n" + indent)
			column = utf8.RuneCountInString(indent)
		}
		b.WriteString(part)
		column += n
	}
	return b.String()
}
