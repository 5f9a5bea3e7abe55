package pgquery

// MaxText is the length in bytes above which a text is not parsed.
const MaxText = 1 << 20

// MaxDepth bounds how deep a text may nest.
const MaxDepth = 1000

func checkSize(sql string) error { return nil }
