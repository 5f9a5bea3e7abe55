package sqlparse

import "strings"

// SpecialDate reports whether s, read as a date or a time, may mean another one
// at another moment: whether a maximal run of ASCII letters in s is now, today,
// tomorrow or yesterday, in any case.
// See https://www.postgresql.org/docs/16/datatype-datetime.html#DATATYPE-DATETIME-SPECIAL-VALUES.
//
// The backslashes and double quotes that the input of arrays, rows and ranges takes away may stand within a
// word: {"n\ow"} is an array of now.
//
// It does not allocate. It is for literals and for text arguments; a string like
// "see you tomorrow" is one too many, which costs a hit.
func SpecialDate(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isLetter(s[i]) {
			continue
		}
		start := i
		for i < len(s) && isLetter(s[i]) {
			i++
		}
		if specialWord(s[start:i]) {
			return true
		}
	}
	return strings.ContainsAny(s, `\"`) && specialQuoted(s)
}

// specialQuoted is SpecialDate for words with backslashes and quotes in them.
func specialQuoted(s string) bool {
	var word [len("yesterday") + 1]byte // what fills it is none of the words
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c):
			word[min(n, len(word)-1)] = c
			n++
		case c == '\\', c == '"':
		case specialWord(string(word[:min(n, len(word))])):
			return true
		default:
			n = 0
		}
	}
	return specialWord(string(word[:min(n, len(word))]))
}

func isLetter(c byte) bool {
	c |= 0x20
	return 'a' <= c && c <= 'z'
}

// specialWord reports whether w, letters only, is one of the words.
func specialWord(w string) bool {
	switch len(w) {
	case 3:
		return equalLower(w, "now")
	case 5:
		return equalLower(w, "today")
	case 8:
		return equalLower(w, "tomorrow")
	case 9:
		return equalLower(w, "yesterday")
	}
	return false
}

// equalLower compares letters of any case with as many of lower case.
func equalLower(w, lower string) bool {
	for i := range len(lower) {
		if w[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}
