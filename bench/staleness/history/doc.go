// Package history records what many processes did to versioned registers, so that it
// can be judged afterwards, even what a process did until it was killed.
//
// Each process writes a [Log], a file that it maps into its memory: what it has noted
// is the system's at once, and outlives a SIGKILL. A write is noted before it is sent
// ([Log.Begin]) and again when its outcome is known ([Pending.End]); a read when it has
// returned ([Log.Add]). Times are by one clock for all processes ([Now]).
package history
